import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FolderLock } from '../process/folder-lock.adapter.js';
import { SETTINGS } from '../shared/settings.js';
import { connect } from './connect.adapter.js';
import { HttpTransport } from './http-transport.adapter.js';
import { ApiClient } from './api-client.js';
import type { OpenOptions, InProcessWardround } from './in-process.js';

let dataFolder: string;
let opened: OpenOptions[];
let servers: Server[];
let lock: FolderLock | null;

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'wardround-connect-'));
  opened = [];
  servers = [];
  lock = null;
});

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  lock?.release();
  await rm(dataFolder, { recursive: true });
});

const place = () => ({ configFile: join(dataFolder, 'wardround.yaml'), dataFolder, port: 8321 });
const quick = { applyConfiguration: false, patienceMs: 0 };

/** A process that answers. @returns its address */
async function listening(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => answer(request, response, body));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const healthy = () => listening((_request, response) => json(response, 200, { status: 'ok' }));

async function processFile(pid: number, url: string | null): Promise<void> {
  const file = { pid, url, token: 'the token', startedAt: '2026-11-22T02:00:00.000Z' };
  await writeFile(join(dataFolder, 'process.json'), JSON.stringify(file));
}

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

class Empty {}
Module({})(Empty);

/** A Wardround of this process, as far as `connect` is concerned: it holds the folder's real lock. */
async function open(options: OpenOptions): Promise<InProcessWardround> {
  const own = FolderLock.take(options.dataFolder);
  opened.push(options);
  const settings = { provide: SETTINGS, useValue: { port: options.port, token: own.token } };
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: Empty, providers: [settings] },
    new FastifyAdapter(),
    { logger: false, abortOnError: false },
  );
  app
    .getHttpAdapter()
    .getInstance()
    .get('/api/v1/echo', (request, reply) => reply.send(request.headers));
  await app.init();
  return {
    app,
    url: null,
    close: async () => {
      await app.close();
      own.release();
    },
  };
}

describe('the way to the data', () => {
  it('is the process that runs, if one answers', async () => {
    await processFile(process.pid, await healthy());
    const { transport } = await connect(place(), open, quick);
    expect(transport.kind).toBe('process');
    expect(opened).toEqual([]);
  });

  it('is this process where none runs', async () => {
    const { transport } = await connect(place(), open, quick);
    await transport.close();
    expect(transport.kind).toBe('alone');
    expect(opened).toMatchObject([{ attended: false, applyConfiguration: false }]);
  });

  it('gives the folder back when it is closed', async () => {
    const { transport } = await connect(place(), open, quick);
    expect(() => FolderLock.take(dataFolder)).toThrow('is in use');
    await transport.close();
    lock = FolderLock.take(dataFolder);
    expect(lock.token).toHaveLength(64);
  });

  it.each([
    ['its process is dead', async () => processFile(await endedProcess(), await healthy())],
    ['its number belongs to another process by now', () => processFile(process.pid, 'http://127.0.0.1:9')],
    ['it cannot be read', () => writeFile(join(dataFolder, 'process.json'), '{"pid":')],
  ])('is this process if a process file is left and %s', async (_what, make) => {
    await make();
    const { transport } = await connect(place(), open, quick);
    await transport.close();
    expect(transport.kind).toBe('alone');
  });

  it('is barred by a process that holds the folder and does not answer', async () => {
    lock = FolderLock.take(dataFolder);
    await processFile(process.pid, 'http://127.0.0.1:9');
    await expect(connect(place(), open, quick)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: `the data folder ${dataFolder} is in use by process ${process.pid}, which does not respond at http://127.0.0.1:9`,
    });
  });

  it('is barred by a command that works alone', async () => {
    lock = FolderLock.take(dataFolder);
    await processFile(process.pid, null);
    await expect(connect(place(), open, quick)).rejects.toMatchObject({
      message: expect.stringContaining('another wardround command'),
      advice: 'Wait until it has finished, and try again',
    });
  });

  it('waits for a process that is just starting', async () => {
    lock = FolderLock.take(dataFolder);
    const url = await healthy();
    const connecting = connect(place(), open, { applyConfiguration: false, patienceMs: 20_000 });
    await processFile(process.pid, url);
    expect((await connecting).transport.kind).toBe('process');
  });

  it('leads nowhere, and makes no folder, for a look at what never was', async () => {
    const nowhere = { ...place(), dataFolder: join(dataFolder, 'typo') };
    await expect(connect(nowhere, open, { ...quick, onlyLooks: true })).rejects.toMatchObject({
      code: 'not-found',
      message: `Wardround has never run with the data folder ${nowhere.dataFolder}`,
    });
    expect(opened).toEqual([]);
  });
});

describe('asking the process that runs', () => {
  const client = (url: string) => new ApiClient(new HttpTransport(url, 'the token', 'cli:anna'));

  it('sends changes as JSON, with the token and in the name of a user', async () => {
    const url = await listening(({ method, url: path, headers }, response, body) =>
      json(response, 200, { method, path, headers, body }),
    );
    const { method, path, headers, body } = await client(url).post(
      'views/rebuild',
      { view: 'runs' },
      z.looseObject({}),
    );
    expect({ method, path, body }).toEqual({ method: 'POST', path: '/api/v1/views/rebuild', body: '{"view":"runs"}' });
    expect(headers).toMatchObject({
      authorization: 'Bearer the token',
      'wardround-actor': 'cli:anna',
      'content-type': 'application/json',
      host: new URL(url).host,
    });
  });

  it('reads a list page by page', async () => {
    const asked: (string | undefined)[] = [];
    const url = await listening(({ url: path }, response) => {
      asked.push(path);
      json(response, 200, path?.includes('cursor=two') ? { items: [3], next: null } : { items: [1, 2], next: 'two' });
    });
    expect(await client(url).all('runs', z.number(), { job: 'a b', open: undefined })).toEqual([1, 2, 3]);
    expect(asked).toEqual(['/api/v1/runs?job=a+b&limit=500', '/api/v1/runs?job=a+b&limit=500&cursor=two']);
  });

  it.each([
    [
      'a problem in its own words',
      409,
      { code: 'conflict', title: 'T', detail: 'records runs already' },
      'records runs already',
    ],
    ['an error page of something else', 502, undefined, 'GET /api/v1/x returned status 502'],
    ['an answer of another shape', 200, { items: 1 }, 'may be a different version'],
  ])('tells %s', async (_what, status, body, said) => {
    const url = await listening((_request, response) => json(response, status, body));
    await expect(client(url).get('x', z.object({ a: z.string() }))).rejects.toThrow(said);
  });

  it.each([
    ['is gone', (_request: IncomingMessage, response: ServerResponse) => response.destroy(), 'socket hang up'],
    [
      'breaks off in the middle',
      (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setImmediate(() => response.destroy());
      },
      'aborted',
    ],
  ])('says so when the process %s', async (_what, answer, said) => {
    const url = await listening((request, response) => void answer(request, response));
    await expect(client(url).get('x', z.unknown())).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(said),
      advice: expect.stringContaining('wardround start'),
    });
  });

  it('gives up on a process that never answers', async () => {
    const url = await listening(() => undefined);
    const transport = new HttpTransport(url, 'the token', 'cli:anna');
    await expect(transport.send({ method: 'GET', path: '/', timeoutMs: 50 })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no response within 0.05 s'),
    });
  });
});
