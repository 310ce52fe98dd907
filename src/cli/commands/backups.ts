import { snapshotSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain, terminalReader } from '../format.js';
import { localSnapshotTime } from '../../shared/snapshot-times.js';
import { bytesText, countText } from '../../shared/quantity.js';
import { addressText, shortestText, type Address } from '../../shared/address.js';
import { tableLines } from '../table.js';
import { jsonDocument, lines } from '../terminal.js';

/** `wardround backups`: the snapshots that exist, newest first. */
export async function backups(
  { client, terminal, json, timeZone }: Work,
  options: { readonly job?: string },
): Promise<ExitCode> {
  const snapshots = await client.all('snapshots', snapshotSchema, { job: options.job });
  if (json) {
    terminal.out(jsonDocument(snapshots));
    return exitCodes.good;
  }
  if (snapshots.length === 0) {
    const none =
      options.job === undefined
        ? 'There are no backups yet.'
        : `There are no backups of a job "${plain(options.job)}".`;
    terminal.out(`${none} \`wardround status\` shows the jobs, \`wardround backup run <job>\` runs one.\n`);
    return exitCodes.good;
  }
  const times = snapshots.map(({ snapshot }) => localSnapshotTime(snapshot, terminalReader(timeZone)));
  // Where the clock shows UTC, the names say it all.
  const withTimes = times.some((time) => time !== null);
  const jobs = snapshots.map(({ site, server, job: name }) => ({ site, server, name }));
  const called = jobTexts(jobs);
  const rows = snapshots.map(({ snapshot, destination, files, bytes, place }, index) => {
    const time = withTimes ? [times[index] ?? ''] : [];
    return [
      snapshot,
      ...time,
      called[index] ?? '',
      destination,
      countText(files, 'file'),
      bytesText(bytes),
      plain(place),
    ];
  });
  const head = ['SNAPSHOT (UTC)', ...(withTimes ? ['LOCAL TIME'] : []), 'JOB', 'AT', 'FILES', 'SIZE', 'PLACE'];
  const [headline = '', ...rest] = tableLines([head, ...rows], withTimes ? [4, 5] : [3, 4]);
  terminal.out(lines([terminal.paint('bold', headline), ...rest]));
  return exitCodes.good;
}

/** What each is called, no longer than tells it from the others. A job has many snapshots: each is looked for once. */
function jobTexts(jobs: readonly Address[]): readonly string[] {
  const each = new Map(jobs.map((job) => [addressText(job), job]));
  const texts = new Map([...each].map(([whole, job]) => [whole, shortestText(job, each.values())]));
  return jobs.map((job) => texts.get(addressText(job)) ?? '');
}
