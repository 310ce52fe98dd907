import { expect, it, jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemSchema } from '../../src/api/system/system.bodies.js';
import { Command } from '../fixtures/command.js';
import { jobOf, makeSource } from '../fixtures/jobs.js';
import { pageText } from '../fixtures/page-text.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, Ward, type Run } from '../fixtures/ward.js';

jest.setTimeout(120_000);

const dayMs = 86_400_000;

it('a clock that jumped keeps old backups from being removed, on the board, until a person confirms it', async () => {
  const clock = new SetClock(Date.parse('2026-11-22T02:00:00Z'));
  const started = clock.now();
  let leapMs = 0;
  const steadyMs = () => clock.now() - started - leapMs;
  const local = join(tempFolder(), 'local');
  const job = jobOf('records', makeSource('as it is'), { localCopy: { path: local }, keep: { days: 1, atLeast: 1 } });
  const ward = await Ward.openForTest({ clock, steadyMs, configuration: { backups: [job] } });
  const night = async (): Promise<Run> => {
    clock.advance(dayMs);
    return ward.run('records');
  };
  const snapshots = () => readdirSync(join(local, 'records')).filter((name) => name.endsWith('Z'));
  const jumps = async () => systemSchema.parse((await ward.get('/api/v1/system')).body).clockJumps;
  for (let count = 0; count < 4; count++) await night();
  const before = snapshots();
  expect(await jumps()).toEqual([]);

  // An hour is not a leap between two runs, but it is one of the clock.
  leapMs = 60 * 60_000;
  clock.advance(leapMs);
  const first = await ward.run('records');
  expect(first).toMatchObject({ outcome: 'succeeded', suspicions: [{ kind: 'clock' }] });
  expect(first.suspicions[0]?.text).toContain('the clock jumped 60 minutes forward');
  expect(snapshots()).toEqual(expect.arrayContaining(before));
  expect(await jumps()).toMatchObject([{ against: 'steady-clock', ms: leapMs, computer: expect.any(String) }]);
  const board = pageText(await ward.page('/'));
  expect(board).toContain('Retention is paused: no old backup is removed.');
  expect(board).toContain('confirm them with wardround clock confirm');

  const status = await Command.run(ward.folder, 'status', '--exit-code');
  expect(status).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('No old backup is removed.') });
  expect(await Command.run(ward.folder, 'clock', 'confirm', '--note', 'the time server')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('the clock jumped 60 minutes forward'),
  });
  expect(await jumps()).toEqual([]);
  expect(await ward.post('/api/v1/clock/confirm')).toMatchObject({ status: 409 });
  expect(await ward.events('clock.confirmed')).toMatchObject([{ data: { note: 'the time server' } }]);
  expect(await night()).toMatchObject({ outcome: 'succeeded', suspicions: [] });
  expect(snapshots()).not.toEqual(expect.arrayContaining(before));
});
