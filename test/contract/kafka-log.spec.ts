import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import { brokerPatienceMs } from '../fixtures/kafka.js';
import { describeEventLog } from './event-log.contract.js';
import { newPlace, openPlace, placeOfFolder, whyNoKafkaLog } from './kafka-places.js';

const missing = whyNoKafkaLog();

if (missing === null) {
  beforeAll(() => void Logger.overrideLogger(['error', 'fatal']));
  beforeAll(newPlace, brokerPatienceMs);

  describeEventLog('Kafka', {
    open: async (folder, eventTypes) => openPlace(await placeOfFolder(folder), eventTypes),
    beside: async (folder, eventTypes) => openPlace(await placeOfFolder(folder), eventTypes),
    ordersAll: false,
    tellsRepeats: false,
    module: fileURLToPath(new URL('./kafka-log.engine.mjs', import.meta.url)),
  });
} else {
  describe('an event log on Kafka', () => {
    it(`is not tested here: ${missing}`, () => {
      process.stderr.write(`skipped, the event log on Kafka: ${missing}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
}
