import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, Get, Header, Logger, Module, Post } from '@nestjs/common';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { ask, openApiServer, portOf, type ApiServer } from '../../../test/fixtures/api-server.js';
import { clinicNow } from '../../../test/fixtures/clinic-day.js';
import { Needs } from '../../access/access-guard.adapter.js';
import { WardroundError } from '../../shared/errors.js';

/** Stands for the board: routes beside those of the API. */
@Controller()
class BoardController {
  @Get('board')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'self'")
  @Needs('nothing')
  page(): string {
    return '<h1>Board</h1>';
  }

  @Post('board/acknowledge')
  @Needs('nothing')
  acknowledge(): { done: true } {
    return { done: true };
  }

  @Get('board/gone')
  @Needs('nothing')
  gone(): never {
    throw new WardroundError('plugin-failed', 'the disk is gone', 'Plug it in', { cause: new Error('EIO') });
  }

  @Get('board/broken')
  @Needs('nothing')
  broken(): never {
    throw new Error('secret of the inside');
  }
}

@Module({ controllers: [BoardController] })
class BoardModule {}

let server: ApiServer;
beforeAll(async () => {
  server = await openApiServer({
    now: clinicNow,
    modules: [BoardModule],
    errorPage: (problem, request) => {
      if (request.url === '/unpaintable') throw new Error('the page is broken too');
      return `<h1>${problem.status} ${problem.title}</h1>`;
    },
  });
});
afterAll(() => server.close());

const problemOfCode = (code: string) => ({ type: `urn:wardround:error:${code}`, code });
const asBrowser = { accept: 'text/html,application/xhtml+xml' };

describe('a page of another origin', () => {
  const routes = [
    ['GET', '/api/v1/servers'],
    ['GET', '/api/v1/unknown'],
    ['GET', '/healthz'],
    ['GET', '/board'],
    ['GET', '/unknown'],
    ['POST', '/api/v1/jobs/records/runs'],
    ['POST', '/board/acknowledge'],
  ] as const;

  it.each(routes)('cannot use %s %s under its own name that points here', async (method, path) => {
    const answer = await server.ask(method, path, { headers: { host: `evil.example:${server.port}` } });
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject(problemOfCode('forbidden'));
  });

  it.each(routes)('cannot use %s %s from its own origin', async (method, path) => {
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${server.port}`]) {
      const answer = await server.ask(method, path, { headers: { origin } });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject(problemOfCode('forbidden'));
    }
  });

  it.each(routes)('asking first whether it may %s %s, is refused', async (method, path) => {
    const headers = {
      origin: 'http://evil.example',
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    };
    const answer = await server.ask('OPTIONS', path, { headers });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect((await server.ask('OPTIONS', path)).status).toBe(403);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'cannot change anything by a form of %s',
    async (type) => {
      for (const path of ['/api/v1/jobs/records/runs', '/board/acknowledge', '/unknown']) {
        const answer = await server.ask('POST', path, { body: '{}', headers: { 'content-type': type } });
        expect(answer.status).toBe(415);
        expect(answer.body).toMatchObject(problemOfCode('unsupported-media-type'));
      }
      expect(server.standIns.asked).toEqual([]);
    },
  );

  it('is not told that it may read an answer', async () => {
    const own = await server.ask('GET', '/api/v1/servers', { headers: { origin: server.url } });
    expect(own.status).toBe(200);
    expect(Object.keys(own.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(own.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    expect(own.headers['x-powered-by']).toBeUndefined();
  });
});

describe('the board beside the API', () => {
  it('has its own policy, and is let do what it may', async () => {
    const page = await server.ask('GET', '/board', { headers: { ...asBrowser, 'sec-fetch-site': 'none' } });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toBe("default-src 'self'");
    expect((await server.ask('POST', '/board/acknowledge', { headers: { origin: server.url } })).body).toEqual({
      done: true,
    });
  });

  it('paints a page for people where something is unknown or fails, and only there', async () => {
    const unknown = await server.ask('GET', '/unknown', { headers: asBrowser });
    expect(unknown).toMatchObject({ status: 404, text: '<h1>404 Not found</h1>' });
    expect(unknown.headers['content-type']).toContain('text/html');
    const broken = await server.ask('GET', '/board/broken', { headers: asBrowser });
    expect(broken).toMatchObject({ status: 500, text: '<h1>500 Internal error</h1>' });
    expect((await server.ask('GET', '/unknown')).body).toMatchObject(problemOfCode('not-found'));
    expect((await server.ask('GET', '/api/v1/x', { headers: asBrowser })).body).toMatchObject(
      problemOfCode('not-found'),
    );
    expect((await server.ask('GET', '/unpaintable', { headers: asBrowser })).body).toMatchObject(
      problemOfCode('not-found'),
    );
  });
});

describe('what is logged of a failure', () => {
  const logged: unknown[][] = [];
  beforeAll(() => {
    const nothing = () => undefined;
    Logger.overrideLogger({ log: nothing, warn: nothing, error: (...args: unknown[]) => void logged.push(args) });
  });
  afterAll(() => void Logger.overrideLogger(new ConsoleLogger()));

  it('F43: has no stack where the cause is known', async () => {
    expect((await server.ask('GET', '/board/gone')).status).toBe(502);
    expect(logged.pop()).toEqual(['GET /board/gone: the disk is gone. Plug it in', undefined, 'Http']);
  });

  it('F43 kind: has the stack of a fault in the program', async () => {
    expect((await server.ask('GET', '/board/broken')).status).toBe(500);
    expect(logged.pop()).toEqual([
      'GET /board/broken: unexpected error',
      expect.stringContaining('secret of the inside'),
      'Http',
    ]);
  });
});

describe('a request that cannot be served is answered with a problem', () => {
  it.each([
    ['GET', '/api/v1/unknown', 404, 'not-found'],
    ['GET', '/api/v1/runs/', 404, 'not-found'],
    ['GET', '/api/v1/checkups//history', 404, 'not-found'],
    ['GET', `/api/v1/runs/${'x'.repeat(600)}`, 404, 'not-found'],
    ['GET', '/api/v1/runs/%zz', 400, 'bad-request'],
    ['POST', '/api/v1/unknown', 404, 'not-found'],
    ['POST', '/api/v1/runs', 405, 'method-not-allowed'],
    ['DELETE', '/api/v1/runs/run-1', 405, 'method-not-allowed'],
    ['PUT', '/healthz', 405, 'method-not-allowed'],
    ['GET', '/api/v1/jobs/records/runs', 405, 'method-not-allowed'],
  ])('%s %s: %i %s', async (method, path, status, code) => {
    const answer = await server.ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ ...problemOfCode(code), status });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(['TRACE', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'POST'])(
    'and %s without a Content-Type by the address, not by the type',
    async (method) => {
      const asked = async (path: string) => {
        const host = `127.0.0.1:${server.port}`;
        const text = await converse(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        return [Number(text.slice(9, 12)), /^allow: (.*)$/im.exec(text)?.[1]?.trim()];
      };
      expect(await asked('/api/v1/runs')).toEqual([405, 'GET']);
      expect(await asked('/api/v1/runs/run-1')).toEqual([405, 'GET']);
      expect(await asked('/board')).toEqual([405, 'GET']);
      expect(await asked('/api/v1/unknown')).toEqual([404, undefined]);
      expect(await asked('/unknown')).toEqual([404, undefined]);
      if (method !== 'POST') expect(await asked('/api/v1/jobs/records/runs')).toEqual([405, 'POST']);
    },
  );

  it('and with the methods that the address knows', async () => {
    expect((await server.ask('POST', '/api/v1/runs')).headers.allow).toBe('GET');
    expect((await server.ask('GET', '/api/v1/jobs/records/runs')).headers.allow).toBe('POST');
  });

  it.each<[string, string | Buffer, number, string]>([
    ['no JSON', '{to: 1}', 400, 'the body of the request is not JSON'],
    ['half of JSON', '{"to": "/srv', 400, 'the body of the request is not JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'the body of the request is not JSON'],
    ['JSON that would change prototypes', '{"__proto__": {"to": "/"}}', 400, 'the body of the request is not JSON'],
    ['JSON nested without end', '['.repeat(200_000), 400, 'the body of the request is not JSON'],
    ['more than 1 MiB', JSON.stringify({ note: 'x'.repeat(1024 * 1024) }), 413, 'larger than 1 MiB'],
  ])('when the body is %s', async (_what, body, status, detail) => {
    const answer = await server.ask('POST', '/api/v1/alarms/a/acknowledge', { body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, detail: expect.stringContaining(detail) });
  });

  it('when the body is packed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await server.ask('POST', '/api/v1/jobs/records/runs', { body: '{}', headers })).status).toBe(415);
  });

  it('when it has no host', async () => {
    const text = await converse('GET /api/v1/servers HTTP/1.0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain('urn:wardround:error:forbidden');
  });

  it.each([
    ['is no HTTP', 'HELLO\r\n\r\n', 'this is not an HTTP request'],
    ['has endless headers', `GET / HTTP/1.1\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 'longer than 16 KiB'],
  ])('when it %s', async (_what, request, detail) => {
    const text = await converse(request);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
    expect(text).toContain(detail);
  });
});

describe('what strangers send', () => {
  const host = () => `127.0.0.1:${server.port}`;

  it.each([
    ['two hosts', () => `Host: ${host()}\r\nHost: ${host()}`, 'header.host is given more than once'],
    ['another host before its own', () => `Host: evil.example\r\nHost: ${host()}`, 'header.host is given'],
    ['another host behind its own', () => `host: ${host()}\r\nHOST: evil.example`, 'header.host is given'],
  ])('S14: is refused with %s', async (_what, hosts, detail) => {
    const text = await converse(`GET /healthz HTTP/1.1\r\n${hosts()}\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain(detail);
  });

  it.each(['Origin', 'Authorization', 'Content-Type', 'Wardround-Actor'])(
    'S14 kind: is refused with two values of %s',
    async (name) => {
      const head = `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n${name}: a\r\n${name}: b\r\nConnection: close\r\n\r\n`;
      expect(await converse(head)).toContain(`header.${name.toLowerCase()} is given more than once`);
    },
  );

  it.each([90_000, 130_500, 9_000])('S14: with %i unknown fields is refused shortly', async (fields) => {
    const body = `{${Array.from({ length: fields }, (_, at) => `"${shortName(at)}":0`).join(',')}}`;
    const answer = await server.ask('POST', '/api/v1/alarms/a/acknowledge', { body });
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(20_000);
    expect(answer.body).toMatchObject({
      detail: expect.stringMatching(fields > 10_000 ? /has more than 10000 values/ : /and 8980 more faults$/),
    });
  });

  it('S14 kind: in an address with a thousand unknown parameters is refused shortly', async () => {
    const query = Array.from({ length: 1_000 }, (_, at) => `p${at}=1`).join('&');
    const answer = await server.ask('GET', `/api/v1/runs?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it('S14 kind: nested deep is refused before its fields are looked at', async () => {
    const body = `{"note":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const answer = await server.ask('POST', '/api/v1/alarms/a/acknowledge', { body });
    expect(answer.body).toMatchObject({ status: 400, detail: expect.stringContaining('nested deeper') });
  });

  it('S14 kind: as a name of any length is told shortly', async () => {
    const body = { ['x'.repeat(500_000)]: 1, note: 7 };
    const answer = await server.ask('POST', '/api/v1/alarms/a/acknowledge', { body });
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(5_000);
  });

  it('S8: ahead of the answers is answered in order, up to a hundred, and then the connection ends', async () => {
    const request = (at: number) => `GET /api/v1/runs/r${at} HTTP/1.1\r\nHost: ${host()}\r\n\r\n`;
    const text = await converse(Array.from({ length: 500 }, (_, at) => request(at)).join(''));
    const answered = [...text.matchAll(/there is no run \\"r(\d+)\\"/g)].map(([, at]) => Number(at));
    expect(answered).toEqual(Array.from({ length: 101 }, (_, at) => at));
    expect(text.match(/Connection: close/gi)).toHaveLength(1);
  });

  it('S8 kind: ahead of the answers, but few, is all answered and the connection stays', async () => {
    const request = (last: boolean) =>
      `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
    const text = await converse(Array.from({ length: 50 }, (_, at) => request(at === 49)).join(''));
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(50);
  });

  it('S8 kind: one after the other ends with the thousandth request on a connection', async () => {
    const text = await converseInTurns(`GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n\r\n`);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1_000);
  });
});

describe('a server that does not listen', () => {
  it('answers the process that it belongs to', async () => {
    const alone = await openApiServer({ now: clinicNow, listen: false });
    const fastify = alone.app.getHttpAdapter().getInstance();
    await fastify.ready();
    // As `inject` does it, which Jest cannot load: it is handed the request without having its own port.
    const inside = createServer((request, response) => fastify.routing(request, response));
    const port = await new Promise<number>((resolve) => {
      inside.listen(0, '127.0.0.1', () => resolve(portOf(inside.address())));
    });
    expect((await ask(port, 'GET', '/healthz', { headers: { host: 'wardround' } })).status).toBe(200);
    await new Promise((resolve) => inside.close(resolve));
    await alone.close();
  });
});

describe('a server that stops', () => {
  it('lets no one wait for an event any longer', async () => {
    const stopping = await openApiServer({ now: clinicNow });
    const waiting = stopping.ask('GET', '/api/v1/events?wait=30');
    await stopping.ask('GET', '/healthz');
    await stopping.close();
    expect((await waiting).body).toMatchObject({ items: [] });
  });
});

/** Three letters, another for each number: as many fields as fit into a body. */
function shortName(number: number): string {
  return [number, number / 52, number / 2704]
    .map((part) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[Math.floor(part) % 52])
    .join('');
}

/** Says the same whenever it was answered, until the server closes the connection. */
function converseInTurns(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.setEncoding('utf8');
    socket.setNoDelay();
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('}') && socket.writable) socket.write(request);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

/** All that the server says to these bytes until it closes the connection. */
function converse(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}
