import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { bundlingSocket } from './bundling-socket.adapter.js';

let server: Server;
let port: number;
const accepted: Socket[] = [];
beforeEach(async () => {
  server = createServer((socket) => accepted.push(socket.setEncoding('utf8'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy();
  server.close();
  await once(server, 'close');
});

async function connected(): Promise<{ readonly socket: Socket; readonly peer: Socket }> {
  const socket = bundlingSocket();
  const accepting = once(server, 'connection');
  socket.connect(port, '127.0.0.1');
  await Promise.all([once(socket, 'connect'), accepting]);
  return { socket, peer: accepted[0] ?? socket };
}

describe('a bundling socket', () => {
  it('sends in order all that is written, in this turn and in later ones', async () => {
    const { socket, peer } = await connected();
    let received = '';
    peer.on('data', (text: string) => (received += text));
    socket.write('one ');
    socket.write('two ', 'utf8');
    await Promise.resolve();
    socket.write('three ', () => undefined);
    await new Promise(setImmediate);
    socket.end('four');
    await once(peer, 'end');
    expect(received).toBe('one two three four');
    expect(socket.bytesWritten).toBe(18);
  });

  it('hands the system one piece a turn, also of what microtasks write', async () => {
    const { socket, peer } = await connected();
    const pieces: number[] = [];
    const { _writev } = socket;
    socket._writev = (chunks, callback) => {
      pieces.push(chunks.length);
      _writev?.call(socket, chunks, callback);
    };
    socket.write('a');
    socket.write('b');
    await Promise.resolve();
    socket.write('c');
    await once(peer, 'data');
    expect(pieces).toEqual([3]);
    socket.destroy();
  });

  it('tells anyone who wrote when the connection breaks before it went out', async () => {
    const { socket } = await connected();
    const told = new Promise((resolve) => socket.on('error', () => undefined).write('late', resolve));
    socket.destroy(new Error('broken'));
    expect(await told).toMatchObject({ message: 'broken' });
  });
});
