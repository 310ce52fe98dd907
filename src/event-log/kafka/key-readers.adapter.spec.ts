import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { clinicTypes, measurement } from '../../../test/contract/clinic-events.js';
import { freshDatabase, whyNoPostgres } from '../../../test/fixtures/postgres.js';
import { until } from '../../../test/fixtures/until.js';
import { PostgresArchive } from '../archive/postgres-archive.adapter.js';
import { KeyReaders } from './key-readers.adapter.js';

const partition = 1;

(whyNoPostgres() === null ? describe : describe.skip)('the readers of keys that all processes follow', () => {
  let client: pg.Client;
  let archive: PostgresArchive;
  let readers: KeyReaders;
  let lines: string[];
  const onNew = jest.fn();

  beforeEach(async () => {
    const url = await freshDatabase();
    client = new pg.Client(url);
    await client.connect();
    archive = await PostgresArchive.open({
      ...{ url, schema: 'log', topic: 'events', partitions: 2, eventTypes: clinicTypes },
    });
    lines = [];
    const listen = (kind: string) => (text: string) => void lines.push(`${kind}: ${text}`);
    Logger.overrideLogger({ error: listen('error'), log: listen('log'), warn: listen('warn') });
    onNew.mockClear();
    readers = new KeyReaders({ archive: archive.reader, partitionOf: () => partition, owns: () => false, onNew });
  });
  afterEach(async () => {
    readers.close();
    await archive.close();
    await client.end();
    Logger.overrideLogger(['error', 'warn', 'fatal']);
  });

  /** As another process would. */
  async function store(offset: number): Promise<void> {
    const event = { recordedtime: '2026-11-22T02:00:00.000Z', ...measurement('reception', offset) };
    await archive.store({ partition, from: offset - 1, to: offset, arrived: [{ offset, event }], unreadable: [] });
  }

  it('say when another process has taken in more', async () => {
    await store(1);
    const { partitionkey } = measurement('reception', 1);
    expect(await readers.of(partitionkey).head()).toBe(1);
    expect(onNew).not.toHaveBeenCalled();
    await store(2);
    await until(() => onNew.mock.calls.length > 0);
    expect(readers.of(partitionkey).head()).toBe(2);
  });

  it('say once that they cannot see it, and again when they can', async () => {
    await readers.of('key').head();
    await client.query('ALTER TABLE log.events RENAME TO elsewhere');
    await until(() => lines.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(lines).toEqual([
      expect.stringMatching(/^error: Definitions from other processes are not visible: .*events/),
    ]);
    await client.query('ALTER TABLE log.elsewhere RENAME TO events');
    await until(() => lines.length > 1);
    expect(lines[1]).toBe('log: Definitions from other processes are visible again');
  });
});
