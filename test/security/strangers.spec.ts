import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { Command } from '../fixtures/command.js';
import { makeSource } from '../fixtures/jobs.js';
import { SmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardProcess, writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(120_000);

const isLinux = process.platform === 'linux';
const onLinux = isLinux ? it : it.skip;
const notHere = isLinux ? '' : ' (left out: it reads /proc)';

const MB = 1024 * 1024;
const key = '/sites/main/servers/reception';
const configuration = {
  checkups: [
    { name: 'raid', title: 'RAID', every: '1h' },
    { name: 'memory', plugin: 'memory', every: '1s' },
  ],
};

/** What a probe on the server found. */
function found(id: string, change: object = {}) {
  return {
    ...{ specversion: '1.0', type: 'checkup.completed', source: key, id },
    data: {
      ...{
        site: 'main',
        server: 'reception',
        checkup: 'raid',
        plugin: 'raid-probe',
        status: 'ok',
        trigger: 'timetable',
      },
      ...{ summary: 'All disks are well', details: '', durationMs: 3, metrics: [] },
      ...change,
    },
  };
}

async function send(ward: WardProcess, events: readonly object[]) {
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const answer = await fetch(`${ward.url}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  const body: unknown = await answer.json();
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
}

const residentBytes = (ward: WardProcess) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${ward.pid}/status`, 'latin1'))?.[1]) * 1024;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Opens connections that say something and then continue as told; resolves when all are connected, or refused. */
async function strangers(
  ward: WardProcess,
  count: number,
  says: string,
  goesOn: (socket: Socket) => void = (socket) => void socket.resume(),
): Promise<void> {
  const port = Number(new URL(ward.url).port);
  const opening = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    goesOn(socket);
    return new Promise<void>((resolve) => {
      socket.once('error', () => resolve());
      socket.once('connect', () => socket.write(says, () => resolve()));
    });
  });
  await Promise.all(opening);
}

const head = (ward: WardProcess, request: string, more = '') =>
  `${request} HTTP/1.1\r\nHost: ${new URL(ward.url).host}\r\n${more}\r\n`;

/** The most memory that a process takes while something continues. */
async function highestWhile(ward: WardProcess, work: Promise<unknown>): Promise<number> {
  let highest = residentBytes(ward);
  let done = false;
  const ended = work.finally(() => (done = true));
  while (!done) {
    highest = Math.max(highest, residentBytes(ward));
    await pause(20);
  }
  await ended;
  return Math.max(highest, residentBytes(ward));
}

async function answers(ward: WardProcess, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const answer = await fetch(`${ward.url}/healthz`);
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }
}

describe('strangers who state', () => {
  it('S6: clear no alarm of a check-up that Wardround runs, and put no server on the board', async () => {
    const rule = {
      name: 'full',
      title: 'Full',
      severity: 'critical',
      when: { checkup: 'memory', metric: 'x', above: 0 },
    };
    const ward = await WardProcess.openForTest({ configuration: { ...configuration, rules: [rule] } });
    const metrics = [{ name: 'x', value: 1, unit: '' }];
    expect(await send(ward, [found('a', { checkup: 'memory', metrics })])).toMatchObject({ status: 403 });
    const ghosts = Array.from({ length: 1_000 }, (_, at) => ({
      ...found(`ghost-${at}`, { server: `ghost-${at}` }),
      source: `/sites/main/servers/ghost-${at}`,
    }));
    expect((await send(ward, ghosts)).status).toBe(403);
    expect((await send(ward, [found('b')])).status).toBe(200);
    expect((await send(ward, [found('b')])).status).toBe(200);
    expect((await send(ward, [found('b', { status: 'critical' })])).status).toBe(409);
    expect(await ward.page('/')).not.toContain('ghost');
    expect(await ward.alarms()).toEqual([]);
    expect(
      (await ward.events('checkup.completed')).filter(({ data }) => JSON.stringify(data).includes('ghost')),
    ).toEqual([]);
  });

  it('S7: a result with a metric twice is refused, and the board continues', async () => {
    const ward = await WardProcess.openForTest({ configuration });
    const metrics = Array.from({ length: 200 }, () => ({ name: 'failed', value: 1, unit: '' }));
    const refused = await send(ward, [found('a', { metrics })]);
    expect(refused).toMatchObject({ status: 400 });
    expect(JSON.stringify(refused.body).length).toBeLessThan(10_000);
    expect((await fetch(`${ward.url}/`)).status).toBe(200);
  });

  it('S10: fill neither the disk nor the patience of others: each source has its quota', async () => {
    const ward = await WardProcess.openForTest({
      configuration: {
        servers: [{ name: 'reception' }, { name: 'archive' }],
        checkups: ['reception', 'archive'].map((server) => ({ name: 'raid', server, every: '1h' })),
      },
    });
    const large = (batch: number) =>
      Array.from({ length: 15 }, (_, at) => found(`${batch}-${at}`, { details: 'x'.repeat(60_000) }));
    let refused: Awaited<ReturnType<typeof send>> | null = null;
    let bytes = 0;
    for (let batch = 0; refused === null && batch < 200; batch++) {
      const answer = await send(ward, large(batch));
      if (answer.status === 200) bytes += 15 * 60_000;
      else refused = answer;
    }
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(40 * MB);
    expect(statSync(join(ward.dataFolder, 'events.db')).size).toBeLessThan(60 * MB);
    // Another source is not held up.
    const other = { ...found('other', { server: 'archive' }), source: '/sites/main/servers/archive' };
    expect((await send(ward, [other])).status).toBe(200);
  });
});

describe('strangers who ask', () => {
  for (const count of [4, 16]) {
    onLinux(
      `S8: two thousand times at once on ${count} connections take little memory, and others are answered${notHere}`,
      async () => {
        const ward = await WardProcess.openForTest({ configuration });
        await answers(ward, 20);
        const before = residentBytes(ward);
        let ended = 0;
        const flood = strangers(ward, count, head(ward, 'GET /api/v1/openapi.json').repeat(2_000), (socket) => {
          socket.resume();
          socket.once('close', () => ended++);
        });
        const highest = await highestWhile(
          ward,
          flood
            .then(() => answers(ward, 20))
            .then(() =>
              until(
                async () => ended,
                (closed) => closed === count,
              ),
            ),
        );
        expect((highest - before) / MB).toBeLessThan(250);
        await answers(ward, 5);
      },
    );
  }

  onLinux(`S8 kind: and do not read the answers are not fed${notHere}`, async () => {
    const ward = await WardProcess.openForTest({ configuration });
    await answers(ward, 20);
    const before = residentBytes(ward);
    await strangers(ward, 16, head(ward, 'GET /api/v1/openapi.json').repeat(2_000), (socket) => void socket.pause());
    const highest = await highestWhile(
      ward,
      answers(ward, 50).then(() => pause(2_000)),
    );
    expect((highest - before) / MB).toBeLessThan(250);
  });

  onLinux(`S8 kind: for pages of the board at once do not hold it up either${notHere}`, async () => {
    const ward = await WardProcess.openForTest({ configuration });
    await answers(ward, 20);
    const before = residentBytes(ward);
    await strangers(ward, 16, head(ward, 'GET /').repeat(2_000));
    const highest = await highestWhile(ward, answers(ward, 30));
    expect((highest - before) / MB).toBeLessThan(250);
  });
});

describe('strangers who hold', () => {
  onLinux(`S9: 1,100 live updates under 1,024 descriptors stop neither check-ups nor backups${notHere}`, async () => {
    const records = makeSource('a record');
    const ward = await WardProcess.openForTest({
      descriptors: 1_024,
      stderr: join(tempFolder(), 'stderr'),
      configuration: {
        ...configuration,
        backups: [
          {
            ...{ name: 'records', sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [records] } }] },
            localCopy: { path: join(tempFolder(), 'copies') },
          },
        ],
      },
    });
    await strangers(ward, 1_100, head(ward, 'GET /live'));
    await pause(1_000);
    const since = new Date().toISOString();
    expect((await ward.run('records')).outcome).toBe('succeeded');
    await pause(3_000);
    const { body } = await ward.get(`/api/v1/events?type=checkup.completed&limit=500&since=${since}`);
    const results = JSON.stringify(body);
    expect(results).toContain('"checkup":"memory"');
    expect(results).not.toContain('"status":"unknown"');
  });

  onLinux(`S9: 1,500 unfinished bodies take little memory, and others are answered${notHere}`, async () => {
    const ward = await WardProcess.openForTest({ configuration, stderr: join(tempFolder(), 'stderr') });
    await answers(ward, 20);
    const before = residentBytes(ward);
    const length = `Content-Type: application/json\r\nContent-Length: ${MB}\r\n`;
    const unfinished = head(ward, 'POST /api/v1/alarms/a/acknowledge', length) + ' '.repeat(MB - 10);
    const highest = await highestWhile(
      ward,
      strangers(ward, 1_500, unfinished).then(() => answers(ward, 20)),
    );
    expect((highest - before) / MB).toBeLessThan(400);
    expect((await ward.post('/api/v1/alarms/none/acknowledge')).status).toBe(404);
  });

  onLinux(`S9 kind: connections without a word make room for those who ask${notHere}`, async () => {
    const ward = await WardProcess.openForTest({
      configuration,
      descriptors: 1_024,
      stderr: join(tempFolder(), 'stderr'),
    });
    await strangers(ward, 900, '');
    await pause(1_500);
    await answers(ward, 20);
  });

  onLinux(`S9 kind: waiting reads have places of their own${notHere}`, async () => {
    const ward = await WardProcess.openForTest({
      configuration,
      descriptors: 1_024,
      stderr: join(tempFolder(), 'stderr'),
    });
    await strangers(ward, 200, head(ward, 'GET /api/v1/events?wait=30&type=backup.completed'));
    await pause(500);
    await answers(ward, 20);
    const refused = await fetch(`${ward.url}/api/v1/events?wait=30&type=backup.completed`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${ward.url}/api/v1/events`)).status).toBe(200);
  });

  onLinux(`S9: what was turned away is said in the log, and not for each${notHere}`, async () => {
    const stderr = join(tempFolder(), 'stderr');
    const ward = await WardProcess.openForTest({ configuration, descriptors: 400, stderr });
    await strangers(ward, 300, head(ward, 'GET /live'));
    await pause(1_000);
    const said = readFileSync(stderr, 'utf8').match(/Turned away: .*/g) ?? [];
    expect(said.length).toBeGreaterThan(0);
    expect(said.length).toBeLessThan(4);
  });
});

const noDisk = whyNoSmallDisk();
const onSmallDisk = noDisk ? it.skip : it;
const without = noDisk ? ` (left out: ${noDisk})` : '';

describe('a data folder whose disk is full', () => {
  onSmallDisk(`S10: takes what Wardround finds, and nothing from outside, below its reserve${without}`, async () => {
    const disk = SmallDisk.mount(100);
    const ward = await WardProcess.openForTest({ configuration, folder: join(disk.folder, 'ward') });
    expect((await send(ward, [found('a')])).status).toBe(200);
    disk.fill(4_500_000);
    const refused = await until(
      () => send(ward, [found(`b-${Date.now()}`)]),
      ({ status }) => status !== 200,
    );
    expect(refused).toMatchObject({ status: 507, body: { code: 'no-space' } });
    expect(JSON.stringify(refused.body)).toContain("reserved for Wardround's own events");
    const { status, body } = await until(
      () => ward.get('/readyz'),
      (answer) => answer.status !== 200,
    );
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('the data folder')]);
    const results = async () => (await ward.events('checkup.completed')).length;
    const before = await results();
    await until(results, (count) => count > before);
    const { stdout } = await Command.run(join(disk.folder, 'ward'), 'status');
    expect(stdout).toContain('events from outside are refused');
    expect(await ward.page('/system')).toContain('events from outside are refused');
    disk.empty();
    await until(
      () => send(ward, [found('c')]),
      (answer) => answer.status === 200,
    );
    await until(
      () => ward.get('/readyz'),
      (answer) => answer.status === 200,
    );
  });

  onSmallDisk(`H6: is named by /readyz, with what is free and what is needed${without}`, async () => {
    const disk = SmallDisk.mount(64);
    const stderr = join(tempFolder(), 'stderr');
    const ward = await WardProcess.openForTest({ configuration, folder: join(disk.folder, 'ward'), stderr });
    expect((await ward.get('/readyz')).status).toBe(200);
    disk.fill();
    const { body } = await until(
      () => ward.get('/readyz'),
      (answer) => answer.status === 503,
    );
    expect(JSON.stringify(body)).toMatch(
      /the disk of the data folder \S+ is full: \d+ k?B of 67 MB are free, and at least 66 kB are needed/,
    );
    disk.empty();
    await until(
      () => ward.get('/readyz'),
      (answer) => answer.status === 200,
    );
  });

  onSmallDisk(`H6: ends a start with what is full and how much is needed${without}`, async () => {
    const disk = SmallDisk.mount(16);
    const folder = join(disk.folder, 'ward');
    writeConfiguration(folder, configuration);
    disk.fill();
    const started = await Command.run(folder, 'start', '--port', '0');
    expect(started.exitCode).toBe(1);
    expect(started.stderr).toMatch(
      /^wardround: the disk of the data folder \S+ is full: .* free, and at least 1 MB are needed\n {2}Free some space on it/,
    );
    expect(started.stderr.split('\n').length).toBeLessThan(4);
  });

  onSmallDisk(
    `H6 kind: is told when it fills after the first start, and when nothing but the databases is there${without}`,
    async () => {
      const disk = SmallDisk.mount(32);
      const folder = join(disk.folder, 'ward');
      const ward = await WardProcess.openForTest({ configuration, folder });
      await ward.close();
      disk.fill();
      const started = await Command.run(folder, 'start', '--port', '0');
      expect(started).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is full') });
      expect(started.stderr).not.toContain('unexpected');
    },
  );
});

describe('a data folder that cannot be used', () => {
  const start = async (folder: string, user?: number) => {
    const args = [join(packageRoot, 'dist/program/wardround.js'), 'start', '--port', '0'];
    const as = user === undefined ? {} : { uid: user, gid: user };
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, NO_COLOR: '1' }, ...as });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(/unexpected|\n\s+at /);
    return stderr;
  };

  onSmallDisk(`H6 kind: since its file system is read-only is named${without}`, async () => {
    const disk = SmallDisk.mount(32);
    const folder = join(disk.folder, 'ward');
    const stderr = join(tempFolder(), 'stderr');
    const ward = await WardProcess.openForTest({ configuration: {}, folder, stderr });
    await ward.close();
    disk.readOnly();
    expect(await start(folder)).toContain('its file system, or a file in it, is read-only');
    disk.readOnly(false);
  });

  onSmallDisk(`H6 kind: since no inode is free is named${without}`, async () => {
    const disk = SmallDisk.mount(32);
    const folder = join(disk.folder, 'ward');
    writeConfiguration(folder, configuration);
    disk.useAllFiles();
    expect(await start(folder)).toContain('has no free inodes');
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? it : it.skip)(
    `H6 kind: since it is another user's is named${asRoot ? '' : ' (left out: only root becomes another user)'}`,
    async () => {
      const folder = tempFolder();
      writeConfiguration(folder, configuration);
      mkdirSync(join(folder, 'data'), { mode: 0o700 });
      chmodSync(folder, 0o755);
      expect(await start(folder, 65_534)).toMatch(
        /the data folder \S+ belongs to root|has no write permission for the data folder/,
      );
    },
  );

  it('H6 kind: since it is a file is named', async () => {
    const folder = tempFolder();
    writeConfiguration(folder, configuration);
    writeFileSync(join(folder, 'data'), 'a file');
    expect(await start(folder)).toContain('is a file');
  });

  it.each([
    ['owner.lock', 'is not the lock of a data folder'],
    ['events.db', 'is damaged or not a SQLite database'],
    ['wardround.db', 'is damaged or not a SQLite database'],
  ])('H6 kind: since %s is not a database is named', async (name, said) => {
    const folder = tempFolder();
    writeConfiguration(folder, configuration);
    mkdirSync(join(folder, 'data'), { mode: 0o700 });
    writeFileSync(join(folder, 'data', name), 'this is no database, '.repeat(100), { mode: 0o600 });
    const stderr = await start(folder);
    expect(stderr).toContain(name);
    expect(stderr).toContain(said);
  });
});
