import { fromIso } from '../shared/instant.js';
import { withLocalTimes } from '../shared/snapshot-times.js';
import { bytesText } from '../shared/quantity.js';
import type { Locale } from './recipient-group.js';

/** English as clinics outside of the United States write it: day before month, 24 hours. */
const regions: Record<Locale, string> = { en: 'en-GB', de: 'de-DE' };

/** Dates, numbers, sizes and durations as a reader of the locale expects them, on the clock of a time zone. */
export interface Formats {
  /** `Sunday, 22 November 2026 at 02:00:00 CET`, of an RFC 3339 time. */
  moment(time: string): string;
  /** `22 Nov 2026, 02:00`. */
  shortMoment(time: string): string;
  /** `02:00:00`. */
  clock(time: string): string;
  /** `20,000`. */
  count(value: number): string;
  /** `1.2 GB`: decimal units, of bytes. */
  size(bytes: number): string;
  /** `3 min, 12 sec`, of milliseconds. */
  duration(milliseconds: number): string;
  /** A text with the local time beside each name of a snapshot: `2026-11-22T02-00-00Z (22 Nov 2026, 03:00 CET)`. */
  snapshots(text: string): string;
}

/** @param timeZone an IANA time zone */
export function formatsFor(locale: Locale, timeZone: string): Formats {
  const region = regions[locale];
  const moment = new Intl.DateTimeFormat(region, { dateStyle: 'full', timeStyle: 'long', timeZone });
  const shortMoment = new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const clock = new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone });
  const number = new Intl.NumberFormat(region);
  return {
    moment: (time) => moment.format(fromIso(time)),
    shortMoment: (time) => shortMoment.format(fromIso(time)),
    clock: (time) => clock.format(fromIso(time)),
    count: (value) => number.format(value),
    size: (bytes) => bytesText(bytes, region),
    duration: (milliseconds) => duration(region, milliseconds),
    snapshots: (text) => withLocalTimes(text, { timeZone, locale: region }),
  };
}

/** Two units at most: seconds tell nothing of a backup of hours. */
function duration(region: string, milliseconds: number): string {
  const part = (value: number, unit: string, maximumFractionDigits = 0) =>
    new Intl.NumberFormat(region, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
  if (milliseconds < 9_950) return part(milliseconds / 1000, 'second', 1);
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return part(seconds, 'second');
  if (seconds < 3600) return `${part(Math.floor(seconds / 60), 'minute')} ${part(seconds % 60, 'second')}`;
  const minutes = Math.round(seconds / 60);
  return `${part(Math.floor(minutes / 60), 'hour')} ${part(minutes % 60, 'minute')}`;
}
