import { createServer } from 'node:net';

/**
 * `count` ports of 127.0.0.1 that no one listens on. They are below the ports that systems give to outgoing
 * connections, so that a server that was killed finds its port still free when it starts again.
 */
export async function freePorts(count) {
  const found = new Set();
  while (found.size < count) {
    const port = 16_000 + Math.floor(Math.random() * 16_000);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

/** Whether no one listens on this port of 127.0.0.1. */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
