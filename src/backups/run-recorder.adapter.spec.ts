import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eventTypes } from '../capabilities.js';
import { isOneOf } from '../event-log/event-types.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../event-log/statement.js';
import { systemClock } from '../shared/clock.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { backupVerified, backupLogged } from './backups.events.js';
import { RunRecorder, runSubject } from './run-recorder.adapter.js';

describe('the recorder of a run', () => {
  let log: SqliteEventLog;
  let runs = 0;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    log = await openSqliteLog({ file: join(tempFolder(), 'events.db'), clock: systemClock, eventTypes });
  });
  afterAll(async () => {
    await log.close();
    Logger.overrideLogger(['error', 'warn', 'fatal']);
  });

  function recorderOf(into: EventLog) {
    const run = { site: 'main', server: 'reception', job: 'records', runId: `run-${++runs}` };
    const recorder = new RunRecorder(into, systemClock, run, { computer: 'PC', user: 'anna', actor: 'api' });
    const verified = () =>
      fact(backupVerified, {
        ...recorder.about(),
        data: {
          ...{ ...run, destination: 'second', snapshot: '2026-11-22T02-00-00Z', place: '/mnt', files: 1, bytes: 2 },
          ...{ manifestSha256: 'abc', durationMs: 3 },
        },
      });
    return { run, recorder, verified, events: () => readAll(log, { subject: runSubject(run) }) };
  }

  /** The log, as it is while its disk is full so many times. */
  function failing(times: number): EventLog {
    let left = times;
    return {
      ...{ read: (filter) => log.read(filter), head: () => log.head(), close: () => log.close() },
      ...{
        identity: () => log.identity(),
        partitions: () => log.partitions(),
        subscribe: (options) => log.subscribe(options),
      },
      append: (events) =>
        left-- > 0 ? Promise.reject(new WardroundError('no-space', 'the disk is full')) : log.append(events),
    };
  }

  it('writes facts behind the lines that came before them, of the newest progress only', async () => {
    const { recorder, verified, events } = recorderOf(log);
    const numbers = { files: 1, bytes: 1, totalFiles: 2, totalBytes: 2, step: 'copy second' };
    recorder.line('copy second', 'one');
    recorder.progressed({ ...numbers, percent: 10 });
    recorder.progressed({ ...numbers, percent: 20 });
    recorder.line('copy second', 'two');
    await recorder.state(verified());
    recorder.line('tidy up', 'three');
    await recorder.close('tidy up');
    const found = await events();
    expect(found.map(({ type }) => type)).toEqual([
      'backup.logged',
      'backup.progressed',
      'backup.verified',
      'backup.logged',
    ]);
    expect(found[1]?.data).toMatchObject({ percent: 20 });
    expect(found.every((event) => event.actor === 'api')).toBe(true);
    expect(linesIn(found)).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
  });

  it('leaves out an event that the log refuses, and continues behind it', async () => {
    const { recorder, verified, events } = recorderOf(log);
    recorder.line('copy second', 'one');
    const wrong = { ...verified(), subject: '' };
    const first = recorder.state(wrong);
    const second = recorder.state(verified());
    await Promise.all([first, second]);
    expect((await events()).map(({ type }) => type)).toEqual(['backup.logged', 'backup.verified']);
    recorder.discard();
  });

  it('shares many lines out over several events', async () => {
    const { recorder, events } = recorderOf(log);
    for (let number = 1; number <= 450; number++) recorder.line('copy', `line ${number}`);
    await recorder.close('copy');
    const found = await events();
    expect(found.map((event) => linesIn([event]).length)).toEqual([200, 200, 50]);
    expect(linesIn(found).map(([number]) => number)).toEqual(Array.from({ length: 450 }, (_, index) => index + 1));
  });

  it('shares long lines out over events that are small enough for any log', async () => {
    const { recorder, events } = recorderOf(log);
    const text = '長'.repeat(3_900);
    for (let number = 1; number <= 100; number++) recorder.line('copy', text, { place: text });
    await recorder.close('copy');
    const found = await events();
    expect(found.length).toBeGreaterThan(1);
    for (const event of found) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(260_000);
    expect(linesIn(found)).toEqual(Array.from({ length: 100 }, (_, index) => [index + 1, text]));
  });

  it('keeps what the log cannot take just now, and loses and doubles nothing', async () => {
    const { recorder, verified, events } = recorderOf(failing(2));
    recorder.line('copy', 'before');
    const stated = recorder.state(verified());
    recorder.line('copy', 'while the log fails');
    await stated;
    await recorder.close('copy');
    const found = await events();
    expect(found.map(({ type }) => type)).toEqual(['backup.logged', 'backup.verified', 'backup.logged']);
    expect(linesIn(found).map(([, text]) => text)).toEqual(['before', 'while the log fails']);
  });

  it('writes nothing of a run that could not begin', async () => {
    const { recorder, events } = recorderOf(log);
    recorder.line('start', 'never said');
    recorder.discard();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await events()).toEqual([]);
  });
});

function linesIn(events: Awaited<ReturnType<typeof readAll>>): [number, string][] {
  return events.flatMap((event) =>
    isOneOf(event, [backupLogged]) ? event.data.lines.map(({ number, text }): [number, string] => [number, text]) : [],
  );
}
