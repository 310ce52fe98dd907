import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { signerOf } from '../../../test/fixtures/ownership.js';
import { fromText, joinBytes, toBuffer } from './bytes.js';
import {
  described,
  firstName,
  longAgo,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  wholeSnapshot,
} from './engine.fixture.js';
import { copySnapshot, restoreSnapshot, verifySnapshot } from './engine.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/snapshot-format.md', import.meta.url)), 'utf8');

/** The first shell commands below a heading of the page, with its placeholders filled in. */
function commandsOf(heading: string, places: Record<string, string>): string {
  const block = new RegExp(`## ${heading}\\n\\n\`\`\`sh\\n([^\`]+)\`\`\``).exec(page)?.[1] ?? '';
  return Object.entries(places).reduce((text, [name, value]) => text.replaceAll(`<${name}>`, value), block);
}

const hasTools =
  process.platform === 'linux' &&
  spawnSync('sha256sum', ['--version']).stdout?.toString().includes('coreutils') === true;
if (!hasTools)
  process.stderr.write("skipped: GNU sha256sum and cp are not here, so the page's commands cannot be run\n");
if (!hasTools && process.env.CI && process.platform === 'linux')
  throw new Error('GNU coreutils are needed for this test');

function fieldsOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

let scratch = noFolder;
let live = '';
let root = '';
beforeEach(() => {
  scratch = scratchFolder();
  live = join(scratch.path, 'live');
  root = join(scratch.path, 'backups');
  mkdirSync(join(live, 'empty folder'), { recursive: true });
});
afterEach(() => scratch.remove());

/** Names that break what treats names as text. Windows and macOS take only some of such. */
const oddNames = [
  'plain',
  'with space',
  'new\nline',
  'carriage\rreturn',
  'ends in carriage return\r',
  'back\\slash',
  '\\n',
  'quote"\'`$(x)',
  '-rf',
  '*?[a]',
  fromText('ä€😀'),
  'latin1-\xe4',
  'bytes-\xff\xfe\x80',
  ' ',
  '~',
];

(hasTools ? describe : describe.skip)('the page on the format of snapshots', () => {
  beforeEach(() => {
    for (const name of oddNames) {
      const path = toBuffer(joinBytes(fromText(live), name));
      writeFileSync(path, `content of ${name}`);
      utimesSync(path, longAgo, longAgo);
      symlinkSync(toBuffer(name), toBuffer(joinBytes(fromText(live), `to ${name}`)));
    }
  });

  it('has the commands that check and restore a snapshot, whatever the names of its files', async () => {
    await wholeSnapshot(snapshotOf(root, live));
    const to = join(scratch.path, 'to');
    const places = { destination: root, job: 'nightly', time: firstName, source: 'records', to };

    const check = commandsOf('Verifying a snapshot', places);
    expect(check).toContain('sha256sum');
    expect(execFileSync('sh', ['-ec', check]).toString()).toBe('');

    const restore = commandsOf('Restoring a snapshot', places);
    expect(restore).toContain('cp -a');
    execFileSync('sh', ['-ec', restore]);
    expect(described(to)).toEqual(described(live));
  });

  it('has a check that finds a damaged file', async () => {
    const { place } = await wholeSnapshot(snapshotOf(root, live));
    writeFileSync(join(place, 'files', 'records', 'new\nline'), 'damaged');
    const check = commandsOf('Verifying a snapshot', { destination: root, job: 'nightly', time: firstName });
    expect(spawnSync('sh', ['-ec', check])).toMatchObject({ status: 1 });
  });

  it('has a command that shows who made a snapshot, and finds one that was forged', async () => {
    const signer = signerOf('main');
    const origin = { server: 'reception', runId: 'run-1', signer };
    const { place } = await wholeSnapshot(snapshotOf(root, live, { origin }));
    const check = commandsOf('Verifying the signature', { destination: root, job: 'nightly', time: firstName });
    expect(check).toContain('createPublicKey');
    expect(execFileSync('sh', ['-ec', check]).toString()).toBe('');
    const info = join(place, 'snapshot.json');
    writeFileSync(info, readFileSync(info, 'utf8').replace('"symlinks": ', '"symlinks": 1'));
    expect(spawnSync('sh', ['-ec', check]).status).not.toBe(0);
    for (const key of Object.keys(fieldsOf(readFileSync(info, 'utf8')))) expect(page).toContain(`"${key}"`);
  });

  it('says what the manifest is, and its description of the odd names is true', async () => {
    const { place } = await wholeSnapshot(snapshotOf(root, live));
    const manifest = readFileSync(join(place, 'manifest.jsonl'));
    const [header, ...lines] = manifest.toString('utf8').trimEnd().split('\n');
    expect(page).toContain(header);
    const fields = lines.map(fieldsOf);
    const paths = fields.map(({ path, pathBase64 }) =>
      typeof path === 'string' ? Buffer.from(path) : Buffer.from(String(pathBase64), 'base64'),
    );
    expect(paths).toEqual([...paths].sort(Buffer.compare));
    expect(paths.map((path) => path.toString('latin1'))).toEqual(
      expect.arrayContaining(oddNames.map((name) => `records/${name}`)),
    );
    const documented = [...page.matchAll(/`(\w+)`/g)].map((match) => match[1]);
    for (const entry of fields) expect(documented).toEqual(expect.arrayContaining(Object.keys(entry)));
    const info = fieldsOf(readFileSync(join(place, 'snapshot.json'), 'utf8'));
    expect(info.manifestSha256).toBe(createHash('sha256').update(manifest).digest('hex'));
    for (const key of Object.keys(info)) expect(page).toContain(`"${key}"`);
  });

  it('holds for a copy, a second snapshot that shares files, and a restore by the engine', async () => {
    const first = await wholeSnapshot(snapshotOf(root, live));
    const address = { root: join(scratch.path, 'second'), job: 'nightly', name: firstName };
    await copySnapshot({ ...address, from: first.place });
    await verifySnapshot(address);
    const next = await wholeSnapshot(snapshotOf(root, live, { name: secondName }));
    expect(next.linkedFiles).toBe(oddNames.length);
    for (const [destination, time] of [
      [address.root, firstName],
      [root, secondName],
    ]) {
      const check = commandsOf('Verifying a snapshot', {
        destination: String(destination),
        job: 'nightly',
        time: String(time),
      });
      expect(execFileSync('sh', ['-ec', check]).toString()).toBe('');
    }
    const to = join(scratch.path, 'to');
    await restoreSnapshot({ ...address, to });
    expect(described(join(to, 'records'))).toEqual(described(live));
  });
});
