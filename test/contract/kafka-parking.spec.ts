import { theSystem } from '../../src/access/principal.js';
import { allTables } from '../../src/capabilities.js';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { NewEvent, Recorded } from '../../src/event-log/envelope.js';
import type { EventLog, Subscription } from '../../src/event-log/event-log.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { definitionsKey } from '../../src/shared/names.js';
import { deliveryClaimTable } from '../../src/notifications/delivery-claim.entity.js';
import { openViewStore } from '../../src/store/open-view-store.adapter.js';
import { OutboxService } from '../../src/folding/outbox.service.js';
import { ParkedLot } from '../../src/folding/parked/parked-lot.adapter.js';
import type { ParkedEventRow } from '../../src/folding/parked/parked.entity.js';
import { listParked } from '../../src/folding/parked/parked.queries.js';
import { ParkedService } from '../../src/folding/parked/parked.service.js';
import type { ViewStore, ViewTransaction } from '../../src/store/view-store.adapter.js';
import { brokerPatienceMs } from '../fixtures/kafka.js';
import { freshDatabase } from '../fixtures/postgres.js';
import { clinicTypes, note } from './clinic-events.js';
import { newPlace, openPlace, whyNoKafkaLog, type KafkaPlace } from './kafka-places.js';
import { until } from '../fixtures/until.js';

const missing = whyNoKafkaLog();
const partitions = 3;

/** Parks soon. */
class HastyLot extends ParkedLot {
  override readonly attempts = 2;
}

interface Hub {
  readonly log: EventLog;
  readonly store: ViewStore;
  readonly parked: ParkedService;
  readonly subscription: Subscription<ViewTransaction>;
}

if (missing !== null) {
  describe('parked events on Kafka', () => {
    it(`is not tested here: ${missing}`, () => {
      process.stderr.write(`skipped, parked events on Kafka: ${missing}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
} else {
  describe('parked events on Kafka, with hubs that share the partitions', () => {
    let place: KafkaPlace;
    let database: string;
    let poison: Set<string>;
    const hubs: Hub[] = [];

    beforeAll(async () => {
      Logger.overrideLogger(false);
      [place, database] = await Promise.all([newPlace(partitions), freshDatabase()]);
    }, brokerPatienceMs);
    afterEach(async () => {
      await Promise.all(hubs.map((hub) => hub.log.close()));
      await Promise.all(hubs.splice(0).map((hub) => hub.store.close()));
    });
    afterAll(() => void Logger.overrideLogger(true));

    async function open(): Promise<Hub> {
      const log = await openPlace(place, clinicTypes);
      const store = await openViewStore({ engine: 'postgres', url: database, schema: 'parked' }, allTables);
      const lot = new HastyLot(log, store, systemClock);
      const parked = new ParkedService(log, store, new OutboxService(log, store), lot);
      const subscription = log.subscribe<ViewTransaction>({
        ...{ name: 'view', everywhere: definitionsKey, checkpoints: store, parking: lot, handle },
      });
      const hub = { log, store, parked, subscription };
      hubs.push(hub);
      return hub;
    }

    /** Counts, in a table that is of no use here otherwise, how often each event was handled in each partition. */
    async function handle(batch: readonly Recorded[], tx: ViewTransaction, partition: number): Promise<void> {
      for (const { event } of batch) {
        if (poison.has(event.id)) throw new Error('poison');
        const messageId = `${partition} ${event.id}`;
        const before = await tx.findOneBy(deliveryClaimTable, { messageId });
        await tx.save(deliveryClaimTable, { messageId, claimedUntil: String(Number(before?.claimedUntil ?? 0) + 1) });
      }
    }

    const times = async ({ store }: Hub, { id }: NewEvent) => {
      const rows = await store.read.find(deliveryClaimTable);
      return rows.filter(({ messageId }) => messageId.endsWith(id)).map(({ claimedUntil }) => claimedUntil);
    };

    it('move with their partition, and are folded once by who has it then', async () => {
      const first = await open();
      const servers = Array.from({ length: 12 }, (_, index) => `server-${index}`);
      const events = servers.flatMap((server) => [note(server, 1), note(server, 2)]);
      const [bad, behind] = events;
      const definition = { ...note('none', 3), partitionkey: definitionsKey };
      if (!bad || !behind) throw new Error('no events');
      poison = new Set([bad.id, definition.id]);
      await first.log.append([definition, ...events]);
      await first.subscription.caughtUp();
      // The definition in each of the partitions; the server's in its own.
      expect(await first.subscription.status()).toMatchObject({ lag: 0, parked: partitions + 2 });
      const inAll = await listed(first.store.read);
      expect(inAll.map(({ subscription }) => subscription)).toEqual(Array.from({ length: 5 }, () => 'view'));
      expect(new Set(inAll.map(({ partitionkey }) => partitionkey)).size).toBe(2);
      for (const event of events.slice(2)) expect(await times(first, event)).toEqual(['1']);

      const second = await open();
      await until(async () => second.log.partitions().length > 0 && first.log.partitions().length < partitions);
      const [row] = await listed(second.store.read);
      if (row) expect((await second.parked.find(theSystem, row)).event?.id).toBe(row.eventId);
      const later = servers.map((server) => note(server, 4));
      await second.log.append(later);
      await second.subscription.caughtUp();
      poison.clear();
      // Asked in one process; the owner of each partition sees it, whichever that is.
      expect(await second.parked.retryAll({ subscription: 'view' }, systemClock.now())).toBe(6);
      await until(async () => (await listed(first.store.read)).length === 0);
      for (const event of [...events, ...later]) expect(await times(first, event)).toEqual(['1']);
      expect(await times(first, definition)).toEqual(Array.from({ length: partitions }, () => '1'));
    }, 120_000);
  });
}

async function listed(read: EntityManager): Promise<readonly ParkedEventRow[]> {
  return (await listParked(theSystem, read, {}, { limit: 9, after: null })).items;
}
