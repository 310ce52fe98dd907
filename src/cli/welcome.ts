import type { BackupJobDefinition } from '../backups/job.js';
import type { ConfigurationProblem } from '../definitions/checking/problem.js';
import type { Job } from './answers.js';
import { distanceText, momentText, plain } from './format.js';
import { shortestText } from '../shared/address.js';
import { countText } from '../shared/quantity.js';
import type { Reading } from './status-report.js';
import { tableLines } from './table.js';

export interface Started {
  readonly url: string;
  readonly configFile: string;
  readonly dataFolder: string;
  readonly jobs: readonly Job[];
  /** Where their snapshots lie. */
  readonly places: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
}

/** What a person wants to know who has just started Wardround: where things are, and what happens next. */
export function welcome(started: Started, { now, timeZone, paint }: Reading): readonly string[] {
  const where = [
    ['Board', paint('bold', started.url)],
    ['Configuration', plain(started.configFile)],
    ['Data', plain(started.dataFolder)],
    ...started.places.map((place, index) => [index === 0 ? 'Backups' : '', plain(place)]),
  ];
  const next = started.jobs.map((job) => [shortestText(job, started.jobs), nextText(job, now, timeZone)]);
  const problems = countText(started.problems.length, 'problem');
  return [
    paint('green', 'Wardround is running.'),
    '',
    ...tableLines(where).map((line) => `  ${line}`),
    ...(next.length === 0 ? [] : ['', 'Next backups', ...tableLines(next).map((line) => `  ${line}`)]),
    ...(started.problems.length === 0
      ? []
      : [
          '',
          paint(
            'yellow',
            `! The configuration has ${problems}; the previous one stays in effect. See: npx wardround apply --dry-run`,
          ),
        ]),
    '',
    'Stop with Ctrl-C. In another window: npx wardround status, npx wardround --help',
  ];
}

function nextText(job: Job, now: number, timeZone: string): string {
  if (job.running) return 'running now';
  const planned =
    job.nextPlanned === null
      ? 'on demand only'
      : `${momentText(job.nextPlanned, timeZone)} (${distanceText(job.nextPlanned, now)})`;
  return job.lastSuccess === null && job.nextPlanned !== null
    ? `immediately, because it has never succeeded; then ${planned}`
    : planned;
}

/** The folders that jobs keep their snapshots in, as far as they are folders. Each once. */
export function placesOf(definitions: readonly BackupJobDefinition[], dataFolder: string): readonly string[] {
  const stated = definitions.flatMap(({ localCopy, copies }) => [
    ...(localCopy ? [localCopy.path] : []),
    ...copies.map(({ parameters }) => parameters['path']),
  ]);
  const folders = stated.filter((path) => typeof path === 'string');
  return [...new Set(folders.map((path) => path.replaceAll('${data}', () => dataFolder)))];
}
