import { acceptedRunSchema, jobSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { oneNamed } from '../../shared/named-thing.js';
import { jsonDocument, lines } from '../terminal.js';

export interface AcceptOptions {
  /** Why the backup is right all the same. */
  readonly note?: string;
}

/**
 * `wardround backup accept <job>`: says that the job's last run, which is suspicious, is right.
 * @throws WardroundError if no job, or more than one, is called so
 */
export async function backupAccept(work: Work, job: string, { note = '' }: AcceptOptions): Promise<ExitCode> {
  const { client, terminal, json } = work;
  const run = oneNamed(job, await client.all('jobs', jobSchema), 'backup job').lastRun;
  if (!run || run.outcome !== 'suspicious') {
    const is = run ? `its last run is ${run.outcome}` : 'it never ran';
    terminal.error(
      `wardround: nothing to accept for ${plain(job)}: ${is}\n  \`wardround status\` shows which backups are suspicious\n`,
    );
    return exitCodes.failed;
  }
  const accepted = await client.post(`runs/${encodeURIComponent(run.runId)}/accept`, { note }, acceptedRunSchema);
  if (json) {
    terminal.out(jsonDocument(accepted));
    return exitCodes.good;
  }
  const odd = accepted.suspicions.map(({ text }) => `  ${plain(text)}`);
  const lead = `${plain(job)}: accepted. From now on the job is compared with this run, and older backups are removed again:`;
  terminal.out(lines([lead, ...odd]));
  return exitCodes.good;
}
