import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { eventTypes, type AnyEvent, allTables } from '../../../src/capabilities.js';
import { dataSchemaUrn } from '../../../src/event-log/event-types.js';
import { fromKafkaRecord } from '../../../src/event-log/kafka/kafka-record.js';
import { toIso } from '../../../src/shared/instant.js';
import { alarmTable } from '../../../src/rules/views/alarms/alarms.entity.js';
import {
  checkupResultTable,
  checkupStatusTable,
} from '../../../src/checkups/views/checkup-status/checkup-status.entity.js';
import { messageTable } from '../../../src/notifications/views/messages/messages.entity.js';
import { openViewStore } from '../../../src/store/open-view-store.adapter.js';
import { protocolLineTable, runTable } from '../../../src/backups/views/runs/runs.entity.js';
import { readTopic } from '../../fixtures/kafka-topic.js';
import type { Found, Sent, Stored } from './check.js';
import { keyOfRow, type TableName } from './expected.js';

/** Reads all that is where the fleet has come to rest: from the database and from Kafka, past everything of ours. */
export async function find(databaseUrl: string, kafka: Kafka, topic: string): Promise<Found> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return {
      archive: await readArchive(client),
      topic: await readSent(kafka, topic),
      views: await readViews(databaseUrl),
      outbox: await countOf(client, 'public.outbox'),
      parked: await countOf(client, 'public.parked_events'),
      unreadable: await countOf(client, 'log.unreadable'),
    };
  } finally {
    await client.end();
  }
}

/** How far the archive is, and how much of what follows from it is not done. */
export interface Progress {
  /** Per partition: Kafka's offset of what comes next. */
  readonly archived: ReadonlyMap<number, number>;
  readonly outbox: number;
  /** Messages that no one has delivered. */
  readonly waiting: number;
}

export async function readProgress(client: pg.Client): Promise<Progress> {
  const checkpoints = await client.query<{ partition: number; offset: string }>(
    'SELECT partition, "offset" FROM log.checkpoints',
  );
  return {
    archived: new Map(checkpoints.rows.map(({ partition, offset }) => [partition, Number(offset)])),
    outbox: await countOf(client, 'public.outbox'),
    waiting: await countOf(client, "public.messages WHERE state = 'waiting'"),
  };
}

async function countOf(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]?.count);
}

interface ArchiveRow {
  readonly partition: number;
  readonly offset: string;
  readonly time: string;
  readonly recordedtime: string;
  readonly version: number;
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly sequence: string | null;
  readonly causationid: string | null;
  readonly actor: string | null;
  readonly data: string;
}

async function readArchive(client: pg.Client): Promise<readonly Stored[]> {
  const { rows } = await client.query<ArchiveRow>('SELECT * FROM log.events ORDER BY partition, "offset"');
  return rows.map((row) => ({ partition: row.partition, offset: Number(row.offset), event: eventOf(row) }));
}

function eventOf({ time, recordedtime, version, sequence, causationid, actor, data, ...row }: ArchiveRow): AnyEvent {
  const { id, source, type, subject, partitionkey } = row;
  // What is there was checked when it was appended.
  return eventTypes.upcast({
    ...{ specversion: '1.0', id, source, type, subject, partitionkey, datacontenttype: 'application/json' },
    ...{ time: toIso(Number(time)), recordedtime: toIso(Number(recordedtime)), data: JSON.parse(data) as unknown },
    dataschema: dataSchemaUrn(type, version),
    ...(sequence === null ? {} : { sequence: sequence.padStart(16, '0') }),
    ...(causationid === null ? {} : { causationid }),
    ...(actor === null ? {} : { actor }),
  }) as AnyEvent;
}

async function readSent(kafka: Kafka, topic: string): Promise<readonly Sent[]> {
  const partitions = [...(await readTopic(kafka, topic))].sort(([a], [b]) => a - b);
  return partitions.flatMap(([partition, records]) =>
    records.map(({ offset, value, headers }) => {
      const { source, id } = fromKafkaRecord(
        { value: Buffer.from(value), headers: headers ?? {} },
        `${partition}/${offset}`,
      );
      return { partition, offset, source, id };
    }),
  );
}

async function readViews(url: string): Promise<Found['views']> {
  const store = await openViewStore({ engine: 'postgres', url }, allTables);
  try {
    const named = (table: TableName, rows: readonly object[]) =>
      [table, rows.map((row) => ({ key: keyOfRow(table, row), row }))] as const;
    return new Map([
      named('alarms', await store.read.find(alarmTable)),
      named('messages', await store.read.find(messageTable)),
      named('runs', await store.read.find(runTable)),
      named('protocol_lines', await store.read.find(protocolLineTable)),
      named('checkup_status', await store.read.find(checkupStatusTable)),
      named('checkup_results', await store.read.find(checkupResultTable)),
    ]);
  } finally {
    await store.close();
  }
}
