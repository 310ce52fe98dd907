import { describe, expect, it } from '@jest/globals';
import { dutiesOf } from '../../shared/duties.js';
import { lineRows, runRow } from '../../../test/fixtures/clinic-rows.js';
import type { Here } from '../humanise.js';
import { lineCard, runCard } from './run-card.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const here: Here = { now, timeZone: 'Europe/Berlin', locale: 'en-GB', duties: dutiesOf({ role: 'standalone' }) };
const place = '/mnt/usb/records/2026-11-22T02-00-00Z';
const shown = `${place} (22 Nov 2026, 03:00 CET)`;

describe('names of snapshots on the board', () => {
  it('have the local time beside them in the lines of a protocol', () => {
    const [line] = lineRows('r1', now, [{ text: 'Snapshot 2026-06-01T22-30-00Z was removed', place }]);
    if (!line) throw new Error('there is no line');
    expect(lineCard(line, here)).toMatchObject({
      text: 'Snapshot 2026-06-01T22-30-00Z (2 Jun 2026, 00:30 CEST) was removed',
      place: shown,
    });
  });

  it('have the local time beside them where a run lists its copies', () => {
    const copies = [{ destination: 'usb', outcome: 'succeeded' as const, place, error: null }];
    const card = runCard(runRow('r1', 'reception', 'records', now, { copies }), { job: 'A', server: 'B' }, [], here);
    expect(card.copies).toMatchObject([{ place: shown }]);
  });
});
