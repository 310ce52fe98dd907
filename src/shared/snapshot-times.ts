/** On whose clock, and how, a time is shown. */
export interface Reader {
  /** IANA name. */
  readonly timeZone: string;
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** The month by name, unless it is to be in digits. */
  readonly month?: 'digits';
}

/** A snapshot's name, `2026-11-22T02-00-00Z`, where it ends a word or a path. */
const atEnd = /\b\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z(?![\w/\\-]|\.\w)/g;

/** The moment in a snapshot's name (RFC 3339); null if the name is another. */
export function snapshotMoment(name: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z/.exec(name);
  if (!match) return null;
  const iso = `${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`;
  return Number.isNaN(Date.parse(iso)) ? null : iso;
}

/**
 * When a snapshot was started, on the reader's clock: `22 Nov 2026, 03:00 CET`. Null where that clock shows the same as
 * the name, which is in UTC, and for other names.
 */
export function localSnapshotTime(name: string, reader: Reader): string | null {
  const iso = snapshotMoment(name);
  if (iso === null) return null;
  const moment = Date.parse(iso);
  const wall = formatter(reader, false).format(moment);
  if (wall === formatter({ ...reader, timeZone: 'UTC' }, false).format(moment)) return null;
  return formatter(reader, true).format(moment);
}

/** A text for people, with the reader's own time beside each name of a snapshot in it. */
export function withLocalTimes(text: string, reader: Reader): string {
  return text.replace(atEnd, (name) => {
    const local = localSnapshotTime(name, reader);
    return local === null ? name : `${name} (${local})`;
  });
}

/** Making a formatter costs a hundred times what using one does. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter({ timeZone, locale, month }: Reader, withZone: boolean): Intl.DateTimeFormat {
  const key = `${locale} ${month} ${timeZone} ${withZone}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, {
    ...(month === 'digits' ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'short' }),
    ...{ year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(withZone ? { timeZoneName: 'short' } : {}),
    timeZone,
  });
  formatters.set(key, made);
  return made;
}
