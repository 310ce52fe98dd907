import type { Duties } from '../shared/duties.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { bytesText as quantityOfBytes } from '../shared/quantity.js';

/** Where and when a page is read. */
export interface Here {
  readonly now: Instant;
  /** IANA name: exact times are told by this clock. */
  readonly timeZone: string;
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** What this process runs, and so what can be started from a page. */
  readonly duties: Duties;
}

/** A moment for a `<time>` element. */
export interface Moment {
  /** RFC 3339, for machines and for the script that keeps `relative` true. */
  readonly iso: string;
  /** `Sun, 22 Nov 2026, 02:00:05 CET`. */
  readonly exact: string;
  /** `02:00` today, `21 Nov, 02:00` on another day. */
  readonly short: string;
  /** `3 minutes ago`. */
  readonly relative: string;
}

/** A number of things, and whether it asks for the singular. */
export interface Count {
  readonly text: string;
  readonly one: boolean;
  readonly none: boolean;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Longest age in seconds that a unit is used for. The page's script holds the same table: `templates/assets/board.js`. */
const spans = [
  { unit: 'minute', seconds: minute, below: 90 * minute },
  { unit: 'hour', seconds: hour, below: 36 * hour },
  { unit: 'day', seconds: day, below: 60 * day },
  { unit: 'month', seconds: 30 * day, below: 700 * day },
  { unit: 'year', seconds: 365 * day, below: Infinity },
] as const;

export function moment(iso: string, here: Here): Moment {
  const instant = fromIso(iso);
  return {
    iso,
    exact: formatted(instant, here, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
    }),
    short: shortTime(instant, here),
    relative: relativeTime(instant, here),
  };
}

export function optionalMoment(iso: string | null, here: Here): Moment | null {
  return iso === null ? null : moment(iso, here);
}

/** `just now` within 45 seconds, else in the largest unit that fits: `3 minutes ago`, `yesterday`, `in 2 hours`. */
export function relativeTime(instant: Instant, { now, locale }: Here): string {
  const seconds = (instant - now) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const age = Math.abs(seconds);
  if (age < 45) return seconds > 10 ? words.format(Math.round(seconds), 'second') : 'just now';
  for (const span of spans) {
    if (age < span.below) return words.format(Math.round(seconds / span.seconds) || Math.sign(seconds), span.unit);
  }
  return words.format(0, 'year');
}

function shortTime(instant: Instant, here: Here): string {
  const dayOf = (moment: Instant): string => formatted(moment, here, { dateStyle: 'short' });
  const clock = formatted(instant, here, { hour: '2-digit', minute: '2-digit' });
  if (dayOf(instant) === dayOf(here.now)) return clock;
  const year = formatted(instant, here, { year: 'numeric' });
  const thisYear = year === formatted(here.now, here, { year: 'numeric' });
  const date = formatted(instant, here, { day: 'numeric', month: 'short', ...(thisYear ? {} : { year: 'numeric' }) });
  return `${date}, ${clock}`;
}

/** The clock alone, with seconds, for the lines of a protocol: `02:00:05`. */
export function clockTime(iso: string, here: Here): string {
  return formatted(fromIso(iso), here, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

function formatted(instant: Instant, { locale, timeZone }: Here, options: Intl.DateTimeFormatOptions): string {
  return formatter(locale, timeZone, options).format(instant);
}

/** Making a formatter costs a hundred times what using one does, and a page formats hundreds of times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, timeZone, options]);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone, ...(options.hour ? { hourCycle: 'h23' } : {}) });
  formatters.set(key, made);
  return made;
}

export function count(number: number, { locale }: Here): Count {
  return { text: numberText(number, locale), one: number === 1, none: number === 0 };
}

export function numberText(number: number, locale: string, digits = 0): string {
  return number.toLocaleString(locale, { maximumFractionDigits: digits });
}

/** As {@link quantityOfBytes}, not to be broken over two lines. */
export function bytesText(bytes: number, { locale }: Pick<Here, 'locale'>): string {
  return quantityOfBytes(bytes, locale).replace(' ', '\u00a0');
}

/** `0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`, `21 d 4 h`: two units at most. */
export function durationText(ms: number, { locale }: Pick<Here, 'locale'>): string {
  if (ms < 1000) return ms < 100 ? `${numberText(ms, locale)}\u00a0ms` : `${numberText(ms / 1000, locale, 1)}\u00a0s`;
  if (ms < 9950) return `${numberText(ms / 1000, locale, 1)}\u00a0s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < minute) return `${seconds}\u00a0s`;
  if (seconds < hour) return twoUnits(seconds, minute, 'min', 1, 's');
  const minutes = Math.round(seconds / minute) * minute;
  if (minutes < day) return twoUnits(minutes, hour, 'h', minute, 'min');
  const hours = Math.round(seconds / hour) * hour;
  return twoUnits(hours, day, 'd', hour, 'h');
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)}\u00a0${largeName}`;
  return rest === 0 ? first : `${first} ${rest}\u00a0${smallName}`;
}

/** A measured value with its unit, as Nagios units mean it: `16 %`, `82 GB`, `2 min 5 s`, `0.42`. */
export function metricText(value: number, unit: string, here: Pick<Here, 'locale'>): string {
  switch (unit) {
    case 'B':
      return bytesText(value, here);
    case 's':
      return durationText(value * 1000, here);
    case 'ms':
      return durationText(value, here);
    case 'd':
      return `${numberText(value, here.locale, 1)}\u00a0d`;
    case 'c':
    case '':
      return numberText(value, here.locale, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
    default:
      return `${numberText(value, here.locale, Math.abs(value) < 10 ? 1 : 0)}\u00a0${unit}`;
  }
}

/** A metric's name for people: `used_percent` is `used`, since the unit is told with the value. */
export function metricLabel(name: string): string {
  const words = name.replaceAll(/[_\-.]+/g, ' ').trim();
  return words.replace(/ (?:percent|pct|bytes|seconds|ms|days)$/i, '');
}

/** A name in the configuration, for people where no title is given: `disk-space` is `Disk space`. */
export function nameAsTitle(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
