import { Socket } from 'node:net';

type Told = (error?: Error | null) => void;

/**
 * A socket, once connected, of which everything that is written in one turn of the event loop goes out at once. A driver that
 * writes each statement by itself otherwise spends more time in the system's calls than with the statements.
 */
export function bundlingSocket(): Socket {
  const socket = new Socket();
  // Node puts its own `write` back in place when a socket begins to connect.
  return socket.once('connect', () => bundle(socket));
}

function bundle(socket: Socket): void {
  const write = socket.write.bind(socket);
  let gathers = false;
  socket.write = (chunk: Uint8Array | string, encodingOrTold?: BufferEncoding | Told, told?: Told) => {
    if (!gathers) {
      gathers = true;
      socket.cork();
      process.nextTick(() => {
        gathers = false;
        socket.uncork();
      });
    }
    return typeof encodingOrTold === 'function' ? write(chunk, encodingOrTold) : write(chunk, encodingOrTold, told);
  };
}
