import { CronTime } from 'cron';
import type { Instant } from '../shared/instant.js';

/** When something is due: by a cron line and the clock of a time zone, by default the computer's own. */
export interface CronSchedule {
  readonly at: string;
  readonly timeZone?: string | undefined;
}

/**
 * What is wrong with a cron line, for people; null if nothing is. A line that never comes due, such as `0 0 30 2 *`, is
 * wrong too.
 */
export function cronFault(schedule: CronSchedule, now: Instant): string | null {
  const fields = schedule.at.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) {
    return `"${schedule.at}" has ${fields} fields; a cron line has five (minute hour day month weekday), or six with seconds first`;
  }
  try {
    new CronTime(schedule.at, schedule.timeZone);
  } catch (error) {
    return `"${schedule.at}" is no cron line: ${firstLine(error)}`;
  }
  return nextDue(schedule, now) === null ? `"${schedule.at}" never comes due` : null;
}

/**
 * The first moment after `after` at which a schedule is due; null if there is none.
 *
 * Across the clock changes, a line whose hour is fixed is due exactly once in each night: where its time does not exist, at
 * the first moment after the gap; where its time comes twice, at the first of the two. A line with `*` or a step in its hour
 * goes by elapsed time, as those who watch something every ten minutes expect (the rule of Vixie's cron).
 * @throws RangeError if the line is no cron line: see {@link cronFault}
 */
export function nextDue(schedule: CronSchedule, after: Instant): Instant | null {
  const time = parse(schedule);
  let from = after;
  for (;;) {
    const next = nextOf(time, from, schedule.timeZone);
    if (next === null) return null;
    if (!hasFixedHour(schedule) || !isSecondOfTwo(next, schedule.timeZone)) return next;
    from = next;
  }
}

/** The newest moment in `(after, upTo]` at which a schedule was due; null if there is none. */
export function latestDue(schedule: CronSchedule, after: Instant, upTo: Instant): Instant | null {
  let latest: Instant | null = null;
  // Steps back from now by growing spans, so that a line that is due every minute is not walked through for a year.
  for (let span = 60_000; latest === null; span *= 8) {
    const from = Math.max(after, upTo - span);
    latest = lastWithin(schedule, from, upTo);
    if (from === after) break;
  }
  return latest;
}

function lastWithin(schedule: CronSchedule, after: Instant, upTo: Instant): Instant | null {
  let latest: Instant | null = null;
  for (let due = nextDue(schedule, after); due !== null && due <= upTo; due = nextDue(schedule, due)) latest = due;
  return latest;
}

/** cron asks for the next date in the future of the time zone's clock; its search gives up after eight years. */
function nextOf(time: CronTime, after: Instant, timeZone: string | undefined): Instant | null {
  try {
    return time.getNextDateFrom(new Date(after), timeZone).toMillis();
  } catch {
    return null;
  }
}

function parse({ at, timeZone }: CronSchedule): CronTime {
  try {
    return new CronTime(at, timeZone);
  } catch (error) {
    throw new RangeError(`"${at}" is no cron line: ${firstLine(error)}`, { cause: error });
  }
}

function hasFixedHour({ at }: CronSchedule): boolean {
  const fields = at.trim().split(/\s+/);
  const hour = fields[fields.length - 4] ?? '*';
  return !hour.includes('*') && !hour.includes('/');
}

/** Whether the clock showed the same time once before, because it was set back in between. */
function isSecondOfTwo(instant: Instant, timeZone: string | undefined): boolean {
  const setBackBy = offsetMs(instant - longestOverlapMs, timeZone) - offsetMs(instant, timeZone);
  if (setBackBy <= 0) return false;
  const earlier = instant - setBackBy;
  return offsetMs(earlier, timeZone) - offsetMs(instant, timeZone) === setBackBy;
}

/** No clock on Earth is set back by more than this. */
const longestOverlapMs = 3 * 3_600_000;

/** How far a time zone's clock is ahead of UTC. */
function offsetMs(instant: Instant, timeZone: string | undefined): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(timeZone ?? '');
  if (known) return known;
  const numeric = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...numeric, hourCycle: 'h23', timeZone });
  formats.set(timeZone ?? '', format);
  return format;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}
