// A way to a server that a test can cut, as networks do: what goes through it is forwarded to a port of 127.0.0.1, or not.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Listens on `port` of 127.0.0.1 (0: any that is free) and forwards to `target`, a port of 127.0.0.1.
 *
 * `cut('refused')` breaks all connections and takes no new ones, as when a host has gone. `cut('silent')` keeps them
 * and forwards nothing, as when a cable is out: what was under way arrives after `heal()`, late, and anyone who did not
 * wait is told then that the other has hung up. `heal()` forwards again.
 */
export async function openLink({ target, port = 0 }) {
  const pairs = new Set();
  let state = 'open';
  const server = createServer((near) => {
    const pair = { near, far: connect({ port: target, host: '127.0.0.1' }), broken: false };
    pairs.add(pair);
    for (const socket of [pair.near, pair.far]) {
      socket.setNoDelay(true);
      // A broken connection is distinguished by its close alone, which follows.
      socket.on('error', () => {});
      socket.on('close', () => {
        pair.broken = true;
        if (state !== 'silent') drop(pair);
      });
    }
    if (state !== 'silent') forward(pair);
  });

  function forward({ near, far }) {
    near.pipe(far);
    far.pipe(near);
  }
  function hold({ near, far }) {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  }
  function drop(pair) {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  }
  async function listen(on) {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  }
  async function refuse() {
    const closed = server.listening ? once(server, 'close') : null;
    if (closed) server.close();
    for (const pair of [...pairs]) drop(pair);
    await closed;
  }

  const own = await listen(port);
  async function heal() {
    const before = state;
    state = 'open';
    if (before === 'refused') await listen(own);
    if (before !== 'silent') return;
    for (const pair of [...pairs]) {
      if (pair.broken) drop(pair);
      else forward(pair);
    }
  }

  return {
    port: own,
    async cut(how = 'refused') {
      if (state === how) return;
      await heal();
      state = how;
      if (how === 'refused') await refuse();
      else for (const pair of pairs) hold(pair);
    },
    heal,
    close: refuse,
  };
}
