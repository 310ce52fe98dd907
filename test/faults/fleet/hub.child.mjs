// One life of a hub that the test kills, pauses and cuts off: the real thing, started with a JSON text { configFile,
// dataFolder, ordersFile }. Besides what a hub does, it takes orders on its own port, which it writes into `ordersFile`
// once it is ready: POST /append appends the events of the body to the hub's own EventLog and says what became of them;
// GET /status tells how far its subscriptions are.
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { EVENT_LOG } from '../../../dist/src/event-log/event-log.js';
import { openWardround } from '../../../dist/src/main.js';
import { DecidersService } from '../../../dist/src/folding/deciders.service.js';
import { ViewsService } from '../../../dist/src/folding/views.service.js';

const { configFile, dataFolder, ordersFile } = JSON.parse(process.argv[2] ?? '{}');

const wardround = await openWardround({ configFile, dataFolder, port: 0, attended: true }).catch((error) => {
  console.error(error);
  process.exit(1);
});
const log = wardround.app.get(EVENT_LOG);
const views = wardround.app.get(ViewsService);
const deciders = wardround.app.get(DecidersService);

async function append(request) {
  try {
    await log.append(await json(request));
    return { stored: true };
  } catch (error) {
    return { stored: false, code: error.code ?? 'internal', text: String(error.message) };
  }
}

async function status() {
  const statuses = [await views.status(), ...(await deciders.statuses())];
  return { partitions: log.partitions(), statuses };
}

const orders = createServer(async (request, response) => {
  const answer = await (request.url === '/append' ? append(request) : status()).catch((error) => ({
    error: String(error),
  }));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
orders.listen(0, '127.0.0.1');
await once(orders, 'listening');
writeFileSync(`${ordersFile}.partial`, JSON.stringify({ pid: process.pid, port: orders.address().port }));
renameSync(`${ordersFile}.partial`, ordersFile);

process.once('SIGTERM', async () => {
  orders.closeAllConnections();
  orders.close();
  await wardround.close();
});
