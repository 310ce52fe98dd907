import { describe, expect, it } from '@jest/globals';
import { localSnapshotTime, withLocalTimes, type Reader } from './snapshot-times.js';

const berlin: Reader = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const name = '2026-11-22T23-30-05Z';
const local = '23 Nov 2026, 00:30 CET';

describe('the name of a snapshot', () => {
  it.each([
    [`Snapshot ${name} at second is older`, `Snapshot ${name} (${local}) at second is older`],
    [`verified in /mnt/usb/records/${name}`, `verified in /mnt/usb/records/${name} (${local})`],
    [`(/mnt/usb/records/${name})`, `(/mnt/usb/records/${name} (${local}))`],
    [`${name}, ${name}.`, `${name} (${local}), ${name} (${local}).`],
    [`C:\\b\\${name}`, `C:\\b\\${name} (${local})`],
    [`/mnt/usb/records/${name}/files/a.txt`, `/mnt/usb/records/${name}/files/a.txt`],
    [`${name}.partial, ${name}-2`, `${name}.partial, ${name}-2`],
    ['2026-99-99T99-99-99Z', '2026-99-99T99-99-99Z'],
  ])('in "%s" has the local time beside it', (text, shown) => {
    expect(withLocalTimes(text, berlin)).toBe(shown);
  });

  it('has its own summer time date, in the language of the reader', () => {
    const summer = localSnapshotTime('2026-06-01T22-00-00Z', { ...berlin, locale: 'de-DE' });
    expect(summer).toMatch(/^2\. Juni 2026.*00:00 MESZ$/);
  });

  it('stays alone where the clock shows the same', () => {
    expect(withLocalTimes(name, { ...berlin, timeZone: 'UTC' })).toBe(name);
    expect(withLocalTimes(name, { ...berlin, timeZone: 'Europe/London' })).toBe(name);
    expect(localSnapshotTime('2026-06-01T22-00-00Z', { ...berlin, timeZone: 'Europe/London' })).toContain('23:00 BST');
  });
});
