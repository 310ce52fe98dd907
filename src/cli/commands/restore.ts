import { restoredSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain, terminalReader } from '../format.js';
import { durationText } from '../../shared/duration-text.js';
import { withLocalTimes } from '../../shared/snapshot-times.js';
import { bytesText, countText } from '../../shared/quantity.js';
import { statusText } from '../style.js';
import { jsonDocument, lines } from '../terminal.js';

export interface RestoreOptions {
  /** Absolute path of an empty or absent folder. */
  readonly to: string;
  readonly snapshot?: string;
  readonly from?: string;
}

/** `wardround restore <job> --to <folder>`: restores a snapshot and compares what it wrote with the manifest. */
export async function restore(
  { client, terminal, json, timeZone }: Work,
  job: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const { to, snapshot, from: destination } = options;
  if (terminal.isScreen && !json) terminal.out(`Restoring ${job} to ${plain(to)} …\n`);
  const done = await client.post(
    `jobs/${encodeURIComponent(job)}/restores`,
    { to, snapshot, destination },
    restoredSchema,
  );
  if (json) terminal.out(jsonDocument(done));
  else {
    const what = `${job}: ${countText(done.files, 'file')}, ${bytesText(done.bytes)} in ${durationText(done.durationMs)}`;
    terminal.out(
      lines([
        `${statusText('ok', terminal.paint)}  ${what}`,
        `  from the snapshot ${withLocalTimes(done.snapshot, terminalReader(timeZone))} at ${done.destination}`,
        `  to ${plain(done.to)}, every file verified against the manifest`,
      ]),
    );
  }
  return exitCodes.good;
}
