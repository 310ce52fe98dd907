import { applyReportSchema, type ApplyReport } from '../../configuration/apply-report.js';
import { problemText } from '../../definitions/checking/problem.js';
import { changeLines } from '../changes-text.js';
import type { ServerAddress } from '../../shared/address.js';
import { configurationFileSchema } from '../answers.js';
import { definedServers } from '../defined-servers.js';
import type { Work } from '../command.js';
import { UsageError } from '../errors-text.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { countText } from '../../shared/quantity.js';
import { jsonDocument, lines } from '../terminal.js';

export interface ApplyOptions {
  readonly dryRun: boolean;
  /** Manage from now on what other files manage, as far as this file states it. */
  readonly takeOver: boolean;
  /** The absolute path that the caller named, if he named one. */
  readonly configFile?: string | undefined;
}

/**
 * `wardround apply`: makes what the configuration file states what is defined.
 * @throws UsageError if another file was named than the one that the running Wardround has: it applies no other
 */
export async function apply(work: Work, options: ApplyOptions): Promise<ExitCode> {
  const { client, terminal, json } = work;
  if (options.configFile !== undefined) {
    const { file: own } = await client.get('configuration', configurationFileSchema);
    if (own !== options.configFile) {
      throw new UsageError(
        `the running Wardround uses the configuration ${own} and cannot apply another file: change that file, ` +
          `or stop Wardround and start it with ${options.configFile}`,
      );
    }
  }
  const report = await client.post(
    'configuration/apply',
    { dryRun: options.dryRun, takeOver: options.takeOver },
    applyReportSchema,
  );
  const { outcome, changes, restart, warnings = [], problems, file } = report;
  if (json) terminal.out(jsonDocument(report));
  else terminal.error(lines(warnings.map((warning) => `wardround: ${plain(warning)}`)));
  if (outcome === 'refused') {
    const count = countText(problems.length, 'problem');
    const texts = problems.map((problem) => plain(problemText(file, problem)));
    const kept = 'Nothing was changed.';
    if (!json) terminal.error(lines([`wardround: the configuration has ${count}`, ...texts, kept]));
    return exitCodes.failed;
  }
  if (json) return exitCodes.good;
  const told = changeLines(changes, await serversOf(work, changes), terminal.paint);
  const meant = noteLines(report).map((note) => terminal.paint('dim', note));
  terminal.out(lines([...told, ...meant, summary(report), ...restartLines(restart)]));
  return exitCodes.good;
}

/** Asked for only where a change is told with its server. */
async function serversOf(work: Work, changes: ApplyReport['changes']): Promise<readonly ServerAddress[]> {
  return changes.every(({ site }) => site === undefined) ? [] : definedServers(work);
}

function summary({ changes, restart, dryRun }: ApplyReport): string {
  const all = restart.length === 0 ? 'Everything' : 'Every definition';
  if (changes.length === 0) return `${all} already matches the configuration.`;
  const count = countText(changes.length, 'change');
  return dryRun ? `${count} would be made. Run the command without --dry-run to apply them.` : `${count} applied.`;
}

const mostNotes = 5;

/** How names are understood that several things have. */
function noteLines({ file, notes = [] }: ApplyReport): readonly string[] {
  const shown = notes.slice(0, mostNotes).map((note) => plain(problemText(file, note)));
  const more = notes.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more names that several things have; --json shows them`] : shown;
}

/** Changes to the process itself is not applied: it would be taken for done. */
function restartLines(restart: ApplyReport['restart']): readonly string[] {
  if (restart.length === 0) return [];
  return [`Changes to ${listed(restart)} take effect when Wardround is restarted.`];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
