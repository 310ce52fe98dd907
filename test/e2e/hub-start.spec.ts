import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '../fixtures/command.js';
import { installation, newInstallation, type Installation } from '../fixtures/hubs.js';
import { whyNoKafka } from '../fixtures/kafka.js';
import { whyNoPostgres } from '../fixtures/postgres.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(120_000);

/** Nothing listens there: it is the port of TCP's own multiplexer, which no one runs. */
const closedPort = 1;

const why = whyNoKafka() ?? whyNoPostgres();
if (why) process.stderr.write(`test/e2e/hub-start.spec.ts is left out: ${why}\n`);

/** Starts a hub that cannot start. @returns what it said */
async function refusal(settings: object): Promise<string> {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  writeConfiguration(folder, settings);
  const { exitCode, stdout, stderr } = await Command.run(folder, 'start', '--port', '0');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  return stderr;
}

function at(place: Installation, change: (url: URL) => void): Installation {
  const url = new URL(place.databaseUrl);
  change(url);
  return installation({ brokers: place.brokers, topic: place.topic, databaseUrl: url.href });
}

(why ? describe.skip : describe)('a hub does not start, and says what was tried and what would be right,', () => {
  let place: Installation;
  beforeAll(async () => {
    place = await newInstallation();
  }, 240_000);

  it('where no broker answers', async () => {
    const brokers = [`127.0.0.1:${closedPort}`, `localhost:${closedPort}`];
    const text = await refusal({ ...place.process, eventLog: { ...place.process.eventLog, brokers } });
    expect(text).toMatch(/^wardround: Kafka is not reachable: tried 127\.0\.0\.1:1, localhost:1 \(.*ECONNREFUSED/);
    expect(text).toContain('correct eventLog.brokers');
  });

  it('where no database server answers', async () => {
    const text = await refusal(at(place, (url) => (url.port = String(closedPort))).process);
    expect(text).toContain(`PostgreSQL at ${new URL(place.databaseUrl).hostname}:${closedPort}`);
    expect(text).toContain('ECONNREFUSED');
  });

  it('where the database does not exist', async () => {
    const text = await refusal(at(place, (url) => (url.pathname = '/not_there')).process);
    expect(text).toContain('database "not_there" does not exist');
  });

  it('where the user is unknown or has another password, and the password is not shown', async () => {
    const wrong = at(place, (url) => {
      url.username = 'nobody_here';
      url.password = 'guessed-wrongly';
    });
    const text = await refusal(wrong.process);
    expect(text).toMatch(/nobody_here/);
    expect(text).not.toContain('guessed-wrongly');
  });

  it('where the topic has another number of partitions', async () => {
    const folder = tempFolder();
    writeConfiguration(folder, place.process);
    const hub = new Command(folder, 'start', '--port', '0');
    await hub.printed(/Wardround is running/);
    hub.child.kill('SIGTERM');
    expect(await hub.ended()).toMatchObject({ exitCode: 0 });
    const text = await refusal({ ...place.process, eventLog: { ...place.process.eventLog, partitions: 7 } });
    expect(text).toMatch(/6 partitions/);
    expect(text).toMatch(/7/);
    // Another topic does not fit to the archive in this database.
    const other = { ...place.process.eventLog, topic: `${place.topic}-other` };
    expect(await refusal({ ...place.process, eventLog: other })).toContain(`${place.topic}-other`);
  });

  it('where a secret is missing, is wrong, or is in the file', async () => {
    const views = { engine: 'postgres', url: '${env:WARDROUND_NOT_SET}' };
    expect(await refusal({ ...place.process, views })).toContain(
      'views.url: ${env:WARDROUND_NOT_SET} is not set; set the environment variable WARDROUND_NOT_SET',
    );
    const inClear = { engine: 'postgres', url: 'postgres://hub:secret-word@localhost/wardround' };
    const text = await refusal({ ...place.process, views: inClear });
    expect(text).toMatch(/wardround\.yaml:[0-9]+:[0-9]+ views\.url: .* must be a reference/);
    expect(text).not.toContain('secret-word');
    const folder = join(tempFolder(), 'elsewhere');
    const { process: moved } = at(place, (url) => (url.hostname = 'nobody.invalid'));
    writeConfiguration(folder, moved);
    expect(await refusal(moved)).toContain('nobody.invalid');
  });
});
