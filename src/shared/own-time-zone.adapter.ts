import { realpathSync } from 'node:fs';
import { isTimeZone } from './schedule.js';

export interface OwnTimeZone {
  /** An IANA name that everything here takes. */
  readonly zone: string;
  /** Which zone is meant and why, where the environment does not say it plainly; else null. */
  readonly note: string | null;
}

const zoneFolder = /\/zoneinfo(?:\/(?:posix|right))?\/(.+)$/;
let settled: OwnTimeZone | null = null;

/** The computer's time zone: where a definition names none, this one is meant. */
export function ownTimeZone(): string {
  return (settled ?? ownTimeZoneIn(process.env['TZ'])).zone;
}

/** What is to be said of it at the start; null if nothing. */
export function ownTimeZoneNote(): string | null {
  return (settled ?? ownTimeZoneIn(process.env['TZ'])).note;
}

/** From now on the whole process has one time zone, and a program that it starts has the same. Call it once, first of all. */
export function settleTimeZone(): void {
  settled = ownTimeZoneIn(process.env['TZ']);
  if (settled.note !== null) process.env['TZ'] = settled.zone;
}

/**
 * What the environment variable TZ means. The runtime answers an empty or an unknown one with a zone that it then refuses
 * itself (`Etc/Unknown`), or with none at all: that is taken as UTC, as POSIX does.
 */
export function ownTimeZoneIn(named: string | undefined): OwnTimeZone {
  const zone = zoneOfRuntime();
  if (named === undefined) {
    if (zone !== null) return { zone, note: null };
    return (
      fromFile('/etc/localtime', 'the time zone of this computer is unknown') ??
      utc('this computer has no time zone setting')
    );
  }
  const plain = named.replace(/^:/, '');
  if (plain === '') return utc('TZ is empty');
  if (zone !== null && (isTimeZone(plain) || zone !== 'UTC')) return { zone, note: null };
  const file = plain.startsWith('/') ? fromFile(plain, `TZ is "${named}"`) : null;
  return file ?? utc(`TZ is "${named}", which is not a time zone such as Europe/Berlin`);
}

function utc(why: string): OwnTimeZone {
  return { zone: 'UTC', note: `The time zone is UTC: ${why}` };
}

/** A file of the time zone database is named as the zone is. */
function fromFile(file: string, why: string): OwnTimeZone | null {
  try {
    const zone = zoneFolder.exec(realpathSync(file))?.[1];
    return zone !== undefined && isTimeZone(zone) ? { zone, note: `The time zone is ${zone}: ${why}` } : null;
  } catch {
    return null; // There is no such file.
  }
}

/** Node's types promise a name; with some values of TZ there is none. */
function zoneOfRuntime(): string | null {
  const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone !== undefined && isTimeZone(zone) ? zone : null;
}
