import { count, nameAsTitle, optionalMoment, type Count, type Here, type Moment } from './humanise.js';
import { isClockWrong } from '../views/runs/run-time.js';
import { callsForSomeone, isUndated, lastOutcome, overall, type BoardColour, type OverallReason } from './overall.js';
import type { OverallRows } from './rows.js';

/** The head of every page: the state of the whole in a colour, a shape and words. */
export interface StatusStrip {
  readonly board: BoardColour;
  readonly because: OverallReason;
  readonly number: Count;
  /** What those are called, the first three. */
  readonly about: string;
  /** Alarms that call for someone: they turn the board red, stand in the page's title and sound. */
  readonly calling: Count;
  readonly openAlarms: Count;
  readonly checkups: Share;
  readonly jobs: Share;
  /** The newest run that succeeded; null if none ever did. */
  readonly lastGood: { readonly runId: string; readonly jobTitle: string; readonly at: Moment | null } | null;
}

/** `fine` of `all`. */
export interface Share {
  readonly fine: string;
  readonly all: Count;
  readonly complete: boolean;
}

export function statusStrip(rows: OverallRows, here: Here): StatusStrip {
  const whole = overall(rows);
  const { lastGood } = whole;
  const titles = jobTitles(rows);
  return {
    board: whole.board,
    because: whole.because,
    number: count(whole.number, here),
    about: namesOf(whole.because, rows).slice(0, 3).join(', '),
    calling: count(rows.alarms.filter(callsForSomeone).length, here),
    openAlarms: count(rows.alarms.length, here),
    checkups: share(whole.checkups.fine, whole.checkups.all, here),
    jobs: share(whole.jobs.good, whole.jobs.all, here),
    lastGood: lastGood && {
      runId: lastGood.runId,
      jobTitle: titles(lastGood),
      at: isClockWrong(lastGood, here.now) ? null : optionalMoment(lastGood.completedAt, here),
    },
  };
}

/** The head of a page that says that nothing can be read: never green. */
export function unreadableStrip(here: Here): StatusStrip {
  const none = count(0, here);
  const nothing = { fine: '–', all: none, complete: true };
  return {
    board: 'unknown',
    because: 'unreadable',
    number: none,
    about: '',
    calling: none,
    openAlarms: none,
    checkups: nothing,
    jobs: nothing,
    lastGood: null,
  };
}

function share(fine: number, all: number, here: Here): Share {
  return { fine: count(fine, here).text, all: count(all, here), complete: fine === all };
}

function namesOf(because: OverallReason, { servers, alarms }: OverallRows): string[] {
  const checkups = servers.flatMap((server) => server.checkups);
  const jobs = servers.flatMap((server) => server.jobs);
  const named = (
    defined: readonly { readonly definition: { readonly name: string; readonly title?: string | undefined } }[],
  ) => defined.map(({ definition }) => definition.title ?? nameAsTitle(definition.name));
  switch (because) {
    case 'critical-alarm':
      return alarms.filter(callsForSomeone).map(({ title }) => title);
    case 'critical-acknowledged':
      return alarms.filter(({ severity }) => severity === 'critical').map(({ title }) => title);
    case 'warning-alarm':
      return alarms.map(({ title }) => title);
    case 'backup-failed':
      return named(jobs.filter((job) => lastOutcome(job) === 'bad'));
    case 'checkup-not-ok':
      return named(checkups.filter(({ now }) => now.status === 'warning' || now.status === 'critical'));
    case 'checkup-unknown':
      return named(checkups.filter(({ now }) => now.status === 'unknown'));
    case 'never-backed-up':
      return named(jobs.filter((job) => lastOutcome(job) === 'none' && job.definition.at !== undefined));
    case 'clock-wrong':
      return named(jobs.filter(isUndated));
    case 'nothing-watched':
    case 'all-fine':
    case 'unreadable':
      return [];
  }
}

export type JobTitles = (job: { readonly site: string; readonly server: string; readonly job: string }) => string;

/** The titles of jobs, with the name itself for one that has none, or is not defined any more. */
export function jobTitles({ servers }: Pick<OverallRows, 'servers'>): JobTitles {
  const titles = new Map(
    servers.flatMap(({ jobs }) =>
      jobs.map(({ site, server, definition }) => [`${site}.${server}.${definition.name}`, definition.title] as const),
    ),
  );
  return ({ site, server, job }) => titles.get(`${site}.${server}.${job}`) ?? nameAsTitle(job);
}
