import type { OpenJump } from '../clock/clock-jump.js';
import {
  count,
  durationText,
  moment,
  nameAsTitle,
  optionalMoment,
  type Count,
  type Here,
  type Moment,
} from './humanise.js';
import { jobTitlesApart } from './titles.js';
import { callsForSomeone, overall, type BoardColour, type OverallReason } from './overall.js';
import type { Ward } from '../ward/ward.js';
import { isClockWrong } from '../backups/views/runs/run-time.js';

/** The head of every page: the state of the whole in a colour, a shape and words. */
export interface StatusStrip {
  readonly board: BoardColour;
  readonly because: OverallReason;
  readonly number: Count;
  /** What those are called, the first three. */
  readonly about: string;
  /** Alarms that call for someone: they turn the board red, are in the page's title and sound. */
  readonly calling: Count;
  readonly openAlarms: Count;
  readonly checkups: Share;
  readonly jobs: Share;
  /** Jumps of the clock that keep old backups from being removed. */
  readonly clockJumps: readonly ClockJumped[];
  /** The newest run that succeeded; null if none ever did. */
  readonly lastGood: { readonly runId: string; readonly jobTitle: string; readonly at: Moment | null } | null;
}

/** A jump of a computer's clock. */
export interface ClockJumped {
  readonly computer: string;
  readonly isForward: boolean;
  /** Against the log: then the computer may just have been off. */
  readonly mayHaveBeenOff: boolean;
  /** How far. */
  readonly by: string;
  readonly shown: Moment;
  readonly expected: Moment;
}

/** `fine` of `all`. */
export interface Share {
  readonly fine: string;
  readonly all: Count;
  readonly complete: boolean;
}

export function statusStrip(rows: Ward, here: Here): StatusStrip {
  const whole = overall(rows, ({ name, title }) => title ?? nameAsTitle(name));
  const { lastGood } = whole;
  const titles = jobTitlesApart(rows);
  return {
    board: whole.board,
    because: whole.because,
    number: count(whole.number, here),
    about: whole.about.filter(Boolean).slice(0, 3).join(', '),
    calling: count(rows.alarms.filter(callsForSomeone).length, here),
    openAlarms: count(rows.alarms.length, here),
    checkups: share(whole.checkups.fine, whole.checkups.all, here),
    jobs: share(whole.jobs.good, whole.jobs.all, here),
    clockJumps: rows.clockJumps.map((jump) => clockJumped(jump, here)),
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
    clockJumps: [],
    lastGood: null,
  };
}

function clockJumped({ computer, ms, against, shown, expected }: OpenJump, here: Here): ClockJumped {
  return {
    ...{ computer, isForward: ms > 0, mayHaveBeenOff: against === 'log' && ms > 0 },
    by: durationText(Math.abs(ms), here),
    ...{ shown: moment(shown, here), expected: moment(expected, here) },
  };
}

function share(fine: number, all: number, here: Here): Share {
  return { fine: count(fine, here).text, all: count(all, here), complete: fine === all };
}
