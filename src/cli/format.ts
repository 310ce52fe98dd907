// Numbers and moments as people read them in a terminal.

import type { Reader } from '../shared/snapshot-times.js';

/** `just now`, `3 min ago`, `in 5 h`: how far a moment (RFC 3339) is from now. */
export function distanceText(moment: string, now: number): string {
  const ms = Date.parse(moment) - now;
  if (Math.abs(ms) < 5_000) return ms > 0 ? 'in a moment' : 'just now';
  const text = largestUnit(Math.abs(ms) / 1000);
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function largestUnit(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** Who reads a terminal. Sweden writes its dates as ISO 8601 does: `2026-11-22 03:00 CET`. */
export function terminalReader(timeZone: string): Reader {
  return { timeZone, locale: 'sv-SE', month: 'digits' };
}

/** `2026-11-22 02:00`, by the clock of the time zone. */
export function momentText(moment: string, timeZone: string): string {
  return parts(moment, timeZone).slice(0, 16);
}

/** `2026-11-22 02:00:07`. */
export function secondText(moment: string, timeZone: string): string {
  return parts(moment, timeZone);
}

function parts(moment: string, timeZone: string): string {
  // Sweden writes its dates as ISO 8601 does.
  return new Date(moment).toLocaleString('sv-SE', { timeZone });
}

/**
 * A text from elsewhere as one harmless line: control characters, which could move the cursor or begin a line of their
 * own, are written out.
 */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
