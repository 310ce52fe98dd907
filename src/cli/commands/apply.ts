import { applyReportSchema } from '../../configuration/apply-report.js';
import { problemText } from '../../configuration/problem.js';
import { changeLines } from '../changes-text.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { countText } from '../../shared/quantity.js';
import { jsonDocument, lines } from '../terminal.js';

/** `wardround apply`: makes what the configuration file states what is defined. */
export async function apply(
  { client, terminal, json }: Work,
  options: { readonly dryRun: boolean },
): Promise<ExitCode> {
  const report = await client.post('configuration/apply', { dryRun: options.dryRun }, applyReportSchema);
  const { outcome, changes, problems, file } = report;
  if (json) terminal.out(jsonDocument(report));
  if (outcome === 'refused') {
    const count = countText(problems.length, 'problem');
    const texts = problems.map((problem) => plain(problemText(file, problem)));
    const kept = 'Nothing was changed, and what runs goes on.';
    if (!json) terminal.error(lines([`wardround: the configuration has ${count}`, ...texts, kept]));
    return exitCodes.failed;
  }
  if (!json) terminal.out(lines([...changeLines(changes, terminal.paint), summary(changes.length, options.dryRun)]));
  return exitCodes.good;
}

function summary(changes: number, dryRun: boolean): string {
  if (changes === 0) return 'Everything is already as the configuration says.';
  const count = countText(changes, 'change');
  return dryRun ? `${count} would be made. Without --dry-run they are.` : `${count} applied.`;
}
