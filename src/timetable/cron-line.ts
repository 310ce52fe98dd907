/**
 * A cron line: what its fields allow, each sorted. Five fields (minute hour day month weekday) or six, with seconds first.
 * A field is `*`, a value, a range `a-b`, a step on either `/n`, or a list of these with commas; months and weekdays also
 * by their English names; Sunday is 0 or 7. Day and weekday are joined as in the cron of Debian and Red Hat: see
 * {@link CronLine.dayJoin}.
 */
export interface CronLine {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  /**
   * `and`: the text of the day or of the weekday begins with a star, so a date needs both: `0 2 1-7 * *\/7` is the first
   * Sunday. `or`: neither does, so either suffices: `0 2 13 * fri` is each 13th and each Friday. It goes by the star and
   * not by how many values a field allows: `1-31` for the day is not a star.
   */
  readonly dayJoin: 'and' | 'or';
  /**
   * `set-hours`: the line names hours of the day, so it has one start for each of them on every day, whatever the clocks
   * do. `elapsed`: its hours are `*` or a step, so it starts whenever the clock on the wall shows a matching time.
   */
  readonly pace: 'set-hours' | 'elapsed';
}

export type ParsedCron =
  | { readonly kind: 'line'; readonly line: CronLine }
  /** What is wrong, in a sentence for the configuration. */
  | { readonly kind: 'fault'; readonly fault: string };

interface Field {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields = {
  second: { name: 'second', lowest: 0, highest: 59, names: [] },
  minute: { name: 'minute', lowest: 0, highest: 59, names: [] },
  hour: { name: 'hour', lowest: 0, highest: 23, names: [] },
  day: { name: 'day', lowest: 1, highest: 31, names: [] },
  month: { name: 'month', lowest: 1, highest: 12, names: months },
  weekday: { name: 'weekday', lowest: 0, highest: 7, names: weekdays },
} as const satisfies Record<string, Field>;

/** Reads a cron line. Whether it ever comes due is another question: there is no 30 February. */
export function parseCron(text: string): ParsedCron {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) {
    const count = text.trim() === '' ? 0 : parts.length;
    return fault(`it has ${count} fields instead of five (minute hour day month weekday) or six (with seconds first)`);
  }
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] =
    parts.length === 5 ? ['0', ...parts] : parts;
  try {
    const hours = values(hour, fields.hour);
    const line: CronLine = {
      seconds: values(second, fields.second),
      minutes: values(minute, fields.minute),
      hours,
      days: values(day, fields.day),
      months: values(month, fields.month),
      weekdays: [...new Set(values(weekday, fields.weekday).map((value) => value % 7))].sort((a, b) => a - b),
      dayJoin: day.startsWith('*') || weekday.startsWith('*') ? 'and' : 'or',
      pace: hours.length === 24 || (hours.length > 1 && /[*/]/.test(hour)) ? 'elapsed' : 'set-hours',
    };
    return { kind: 'line', line };
  } catch (error) {
    if (error instanceof CronFault) return fault(error.message);
    throw error;
  }
}

/** Whether the line allows this day of the calendar. @param month 1 to 12 @param weekday 0 is Sunday */
export function allowsDay(line: CronLine, month: number, day: number, weekday: number): boolean {
  if (!line.months.includes(month)) return false;
  const byDay = line.days.includes(day);
  const byWeekday = line.weekdays.includes(weekday);
  return line.dayJoin === 'and' ? byDay && byWeekday : byDay || byWeekday;
}

/** Carries a fault out of the reading of one field. */
class CronFault extends Error {}

function fault(text: string): ParsedCron {
  return { kind: 'fault', fault: text };
}

function values(text: string, field: Field): readonly number[] {
  const found = new Set(text.split(',').flatMap((part) => partValues(part, field)));
  return [...found].sort((a, b) => a - b);
}

function partValues(part: string, field: Field): readonly number[] {
  const match = /^(\*|[a-z]+|\d{1,4})(?:-([a-z]+|\d{1,4}))?(?:\/(\d{1,4}))?$/i.exec(part);
  const [, from = '', to, every] = match ?? [];
  if (!match || (from === '*' && to !== undefined)) {
    throw new CronFault(
      `its ${field.name} "${part}" is neither *, a value, a range such as 1-5, nor a step such as */15`,
    );
  }
  const lowest = from === '*' ? field.lowest : value(from, field);
  // `5/15` means from 5 on, every 15, as in most crons.
  const open = from === '*' || (every !== undefined && to === undefined);
  const highest = to !== undefined ? value(to, field) : open ? lastOf(field) : lowest;
  const step = every === undefined ? 1 : Number(every);
  if (step === 0) throw new CronFault(`its ${field.name} "${part}" has a step of 0`);
  if (highest < lowest) throw new CronFault(`its ${field.name} "${part}" runs backwards`);
  return Array.from({ length: Math.floor((highest - lowest) / step) + 1 }, (_, index) => lowest + index * step);
}

function lastOf(field: Field): number {
  return field.name === 'weekday' ? 6 : field.highest;
}

function value(text: string, field: Field): number {
  const byName = field.names.indexOf(text.toLowerCase());
  if (byName >= 0) return byName + field.lowest;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) throw new CronFault(`its ${field.name} "${text}" is not a number${nameHint(field)}`);
  if (number < field.lowest || number > field.highest) {
    throw new CronFault(`its ${field.name} ${text} is not between ${field.lowest} and ${field.highest}`);
  }
  return number;
}

function nameHint(field: Field): string {
  return field.names.length === 0 ? '' : `, nor one of ${field.names.join(', ')}`;
}
