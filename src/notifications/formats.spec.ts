import { describe, expect, it } from '@jest/globals';
import { formatsFor } from './formats.js';

/** Intl puts spaces of several kinds between a number and its unit. */
const plain = (text: string) => text.replace(/\s/gu, ' ');

describe('dates, sizes and durations', () => {
  const en = formatsFor('en', 'Europe/Berlin');
  const de = formatsFor('de', 'Europe/Berlin');

  it("are on the site's clock, in summer as in winter", () => {
    expect(plain(en.shortMoment('2026-11-22T01:00:00Z'))).toBe('22 Nov 2026, 02:00');
    expect(plain(de.shortMoment('2026-07-22T00:30:00Z'))).toBe('22.07.2026, 02:30');
    expect(plain(de.moment('2026-11-22T01:00:00Z'))).toBe('Sonntag, 22. November 2026 um 02:00:00 MEZ');
    expect(en.clock('2026-11-22T23:00:00Z')).toBe('00:00:00');
  });

  it("are on the site's clock beside the name of a snapshot, which is in UTC", () => {
    const place = '/mnt/usb/records/2026-11-22T01-00-00Z';
    expect(plain(en.snapshots(place))).toBe(`${place} (22 Nov 2026, 02:00 CET)`);
    expect(plain(de.snapshots(place))).toBe(`${place} (22. Nov. 2026, 02:00 MEZ)`);
  });

  it.each([
    [0, '0 B', '0 B'],
    [999, '999 B', '999 B'],
    [1_234_567_890, '1.2 GB', '1,2 GB'],
    [812_000_000, '812 MB', '812 MB'],
    [5e18, '5,000 PB', '5.000 PB'],
  ])('%i bytes are %s, %s', (bytes, english, german) => {
    expect(plain(en.size(bytes))).toBe(english);
    expect(plain(de.size(bytes))).toBe(german);
  });

  it.each([
    [400, '0,4 Sek.'],
    [59_000, '59 Sek.'],
    [192_000, '3 Min. 12 Sek.'],
    [3_599_700, '1 Std. 0 Min.'],
    [9_000_000, '2 Std. 30 Min.'],
  ])('%i ms are %s', (milliseconds, german) => {
    expect(plain(de.duration(milliseconds))).toBe(german);
  });
});
