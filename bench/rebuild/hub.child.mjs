// One hub of the group: log, views and deciders on Kafka and PostgreSQL. Does what its parent asks for, and answers.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { clinicHistory } from '../replay/clinic-history.mjs';
import { openSystem } from '../system.mjs';

const { name, known, rate } = JSON.parse(process.argv[2]);
const { log, views, deciders, close } = await openSystem({ engine: 'kafka', folder: '', name });
let isLive = false;
let living = Promise.resolve(0);

const orders = {
  async caughtUp() {
    await views.caughtUp();
    await deciders.caughtUp();
  },
  partitions: () => log.partitions(),
  /** Begins to append what comes after the known history. */
  live() {
    isLive = true;
    living = live();
  },
  /** @returns how many events it has appended */
  stopLive() {
    isLive = false;
    return living;
  },
  async rebuild() {
    const begun = performance.now();
    const rebuilt = await views.rebuild();
    const changed = rebuilt.reduce((sum, { rowsChanged }) => sum + rowsChanged, 0);
    return { seconds: (performance.now() - begun) / 1000, changed };
  },
  async end() {
    await close();
    process.disconnect();
  },
};

process.on('message', async ({ id, order }) => {
  try {
    const answer = await orders[order]();
    if (process.connected) process.send({ id, answer: answer ?? null });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.send({ id: 'ready' });

async function live() {
  let passed = 0;
  let appended = 0;
  for (const batch of clinicHistory(Number.POSITIVE_INFINITY)) {
    if (!isLive) break;
    passed += batch.length;
    if (passed <= known) {
      await nextTurn(); // the hub has its other work to do meanwhile
      continue;
    }
    await log.append(batch);
    appended += batch.length;
    await pause((batch.length / rate) * 1000);
  }
  return appended;
}
