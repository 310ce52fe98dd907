import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeSnapshot,
  parseSnapshotName,
  verifySnapshot,
  type PlaceOwner,
  type Signer,
  type SnapshotToStore,
} from '../../plugins/sdk/index.js';
import { openPluginHost, type ForkingPluginHost } from '../../src/plugin-host/plugin-host.adapter.js';
import type { Operation, OperationInput, PluginLine } from '../../src/plugin-host/plugin-host.js';
import { ownershipOf, placeOwner } from '../fixtures/ownership.js';
import { tempFolder } from '../fixtures/temp-folder.js';

/** A destination that the suite is run with. */
export interface DestinationUnderTest {
  /** Absolute path of the folder of compiled plugins. */
  readonly pluginsFolder: string;
  readonly plugin: string;
  /** @param place absolute path of an empty folder, a new one for each test */
  parameters(place: string): Readonly<Record<string, unknown>>;
  /** Changes a byte of a stored file. @param stored where `store` said it lies, `place` of the parameters, its name in the source */
  damage(stored: string, name: string): void;
}

const first = '2026-11-22T02-00-00Z';
const second = '2026-11-23T02-00-00Z';
const third = '2026-11-24T02-00-00Z';
const largeBytes = 300 * 1024 * 1024;

/** What the pipeline counts on, whatever a destination is. */
export function destinationContract(
  title: string,
  { pluginsFolder, plugin, parameters, damage }: DestinationUnderTest,
) {
  describe(title, () => {
    let host: ForkingPluginHost;
    beforeAll(async () => {
      // Anyone who is cancelled is killed at once, as by a power cut.
      const limits = { killAfterMs: 1 };
      host = await openPluginHost({ pluginsFolder, resolveReference: () => null, limits });
    });
    afterAll(() => host.close());

    /** A place with the job's live data and its local snapshots. */
    class Ward {
      readonly folder = tempFolder();
      readonly place = join(this.folder, 'place');
      readonly live = join(this.folder, 'live');
      readonly owner: PlaceOwner;
      readonly signer: Signer;
      readonly lines: PluginLine[] = [];

      constructor(site = 'main') {
        const ownership = ownershipOf({ site, server: 'reception', job: 'nightly' });
        this.owner = placeOwner(ownership);
        this.signer = ownership.signer;
        mkdirSync(this.place);
        mkdirSync(join(this.live, 'letters'), { recursive: true });
        this.write('letters/a', 'Dear patient');
        this.write('letters/ä b', 'Dear colleague');
        this.write('list', 'one, two');
      }

      write(name: string, content: string): void {
        writeFileSync(join(this.live, name), content);
      }

      call<Name extends Operation<'destination'>>(
        operation: Name,
        input: Omit<OperationInput<'destination', Name>, 'owner'>,
        more: { owner?: PlaceOwner; place?: string; signal?: AbortSignal; onProgress?: (files: number) => void } = {},
      ) {
        const { owner = this.owner, place = this.place, signal = new AbortController().signal } = more;
        return host.call({
          ...{ kind: 'destination', plugin, operation, parameters: parameters(place), timeoutMs: null, signal },
          input: { ...input, owner } as OperationInput<'destination', Name>,
          onLine: (line) => this.lines.push(line),
          onProgress: ({ files }) => more.onProgress?.(files),
        });
      }

      async local(name: string): Promise<SnapshotToStore> {
        const place = { root: join(this.folder, 'local'), job: 'nightly', name };
        const trees = [{ path: this.live, as: '', recursive: true, exclude: [], owned: false }];
        const origin = { server: 'reception', runId: `run-${name}`, signer: this.signer };
        await makeSnapshot({ ...place, origin, sources: [{ source: 'records', trees }] });
        const { place: folder, files, bytes, manifestSha256 } = await verifySnapshot(place);
        const manifest = join(folder, 'manifest.jsonl');
        return { job: 'nightly', name, folder, manifest, files, bytes, manifestSha256 };
      }

      /** @returns its id */
      async stored(name: string): Promise<string> {
        const snapshot = await this.local(name);
        await this.call('check', {});
        const { id } = await this.call('store', { snapshot });
        const { job, manifestSha256 } = snapshot;
        await this.call('verify', { job, snapshot: id, manifestSha256, local: snapshot });
        return id;
      }

      async ids(): Promise<readonly string[]> {
        return (await this.call('list', { job: 'nightly' })).snapshots.map(({ id }) => id);
      }

      restore(snapshot: string, to: string, paths?: readonly string[]) {
        return this.call('restore', { job: 'nightly', snapshot, to, paths });
      }
    }

    it('lists nothing before there is anything, and says where it is', async () => {
      const ward = new Ward();
      expect((await ward.call('check', {})).place).toContain(ward.place);
      expect(await ward.ids()).toEqual([]);
    });

    it('lists a snapshot once it is verified, with what is known of it', async () => {
      const ward = new Ward();
      const before = Date.now();
      const snapshot = await ward.local(first);
      await ward.call('check', {});
      const stored = await ward.call('store', { snapshot });
      expect(stored).toMatchObject({ files: 3, bytes: snapshot.bytes, resumedFiles: 0 });
      expect(await ward.ids()).toEqual([]);
      const { job, manifestSha256 = '' } = snapshot;
      const verify = { job, snapshot: stored.id, manifestSha256, local: snapshot };
      const counted = { files: 3, bytes: snapshot.bytes, manifestSha256 };
      await expect(ward.call('verify', verify)).resolves.toEqual(counted);
      const [listed, ...others] = (await ward.call('list', { job })).snapshots;
      expect(others).toEqual([]);
      expect(listed).toMatchObject({ ...counted, id: stored.id, takenAt: parseSnapshotName(first) });
      expect(listed?.verifiedAt).toBeGreaterThanOrEqual(before - 1);
    });

    it('lists the oldest first', async () => {
      const ward = new Ward();
      const ids = [await ward.stored(first), await ward.stored(second)];
      expect(await ward.ids()).toEqual(ids);
    });

    it('reads a whole snapshot again when it is asked to, and says when it did', async () => {
      const ward = new Ward();
      const id = await ward.stored(first);
      const [before] = (await ward.call('list', { job: 'nightly' })).snapshots;
      await ward.call('verify', { job: 'nightly', snapshot: id, local: null });
      const [after] = (await ward.call('list', { job: 'nightly' })).snapshots;
      expect(after?.verifiedAt).toBeGreaterThan(before?.verifiedAt ?? 0);
    });

    it('finds what is damaged, and does not list it', async () => {
      const ward = new Ward();
      const snapshot = await ward.local(first);
      await ward.call('check', {});
      const { id, place } = await ward.call('store', { snapshot });
      damage(place, 'list');
      const verify = { job: 'nightly', snapshot: id, manifestSha256: snapshot.manifestSha256, local: snapshot };
      await expect(ward.call('verify', verify)).rejects.toThrow(/list/);
      expect(await ward.ids()).toEqual([]);
    });

    it('refuses a snapshot with another manifest than the one that is known', async () => {
      const ward = new Ward();
      const snapshot = await ward.stored(first);
      const wrong = { job: 'nightly', snapshot, manifestSha256: '0'.repeat(64) };
      await expect(ward.call('verify', { ...wrong, local: null })).rejects.toThrow();
      const to = join(ward.folder, 'restored');
      await expect(ward.call('restore', { ...wrong, to })).rejects.toThrow();
    });

    it('restores a snapshot as it was', async () => {
      const ward = new Ward();
      const id = await ward.stored(first);
      ward.write('list', 'three');
      await ward.stored(second);
      const to = join(ward.folder, 'restored');
      await expect(ward.restore(id, to)).resolves.toMatchObject({ files: 3 });
      expect(readFileSync(join(to, 'records', 'list'), 'utf8')).toBe('one, two');
      expect(readFileSync(join(to, 'records', 'letters', 'ä b'), 'utf8')).toBe('Dear colleague');
    });

    it('restores some paths, and nothing for one that is not there', async () => {
      const ward = new Ward();
      const id = await ward.stored(first);
      const to = join(ward.folder, 'restored');
      await expect(ward.restore(id, to, ['records/letters'])).resolves.toMatchObject({ files: 2 });
      expect(readdirSync(join(to, 'records'))).toEqual(['letters']);
      const none = join(ward.folder, 'none');
      await expect(ward.restore(id, none, ['records/list', 'records/lists'])).rejects.toThrow(/records\/lists/);
      expect(filesBelow(none)).toEqual([]);
    });

    it('removes many at once, and says what became of each', async () => {
      const ward = new Ward();
      const ids = [await ward.stored(first), await ward.stored(second), await ward.stored(third)];
      const [oldest = '', middle = '', newest = ''] = ids;
      const { snapshots } = await ward.call('remove', { job: 'nightly', snapshots: [oldest, middle] });
      expect(snapshots).toEqual([oldest, middle].map((id) => ({ id, error: null })));
      expect(await ward.ids()).toEqual([newest]);
      const again = await ward.call('remove', { job: 'nightly', snapshots: [middle] });
      expect(again.snapshots).toEqual([{ id: middle, error: null }]);
      await expect(ward.restore(newest, join(ward.folder, 'restored'))).resolves.toMatchObject({ files: 3 });
    });

    it("leaves another installation's snapshots alone", async () => {
      const ward = new Ward();
      const other = new Ward();
      const id = await ward.stored(first);
      const at = { place: ward.place };
      await other.call('check', {}, at);
      expect((await other.call('list', { job: 'nightly' }, at)).snapshots).toEqual([]);
      await other.call('remove', { job: 'nightly', snapshots: [id] }, at).catch(() => null);
      expect(await ward.ids()).toEqual([id]);
    });

    it('stores what a killed copy had begun; where it says that it resumes, it copies nothing twice', async () => {
      const ward = new Ward();
      for (let count = 0; count < 300; count++) ward.write(`letters/${count}`, `letter ${count}`);
      ward.write('scan', '');
      truncateSync(join(ward.live, 'scan'), largeBytes);
      const snapshot = await ward.local(first);
      await ward.call('check', {});
      await killedInTheMiddle(ward, snapshot);
      expect(await ward.ids()).toEqual([]);

      const { id, resumedFiles } = await ward.call('store', { snapshot });
      const described = host.plugins().find(({ kind, name }) => kind === 'destination' && name === plugin);
      expect(resumedFiles > 0).toBe(described?.destination?.resumes);
      const said = ward.lines.map(({ text }) => text).join('\n');
      if (resumedFiles > 0) expect(said).toMatch(new RegExp(`\\b${resumedFiles}\\b`));
      const { manifestSha256 } = snapshot;
      await ward.call('verify', { job: 'nightly', snapshot: id, manifestSha256, local: snapshot });
      const to = join(ward.folder, 'restored');
      const { files } = await ward.restore(id, to, ['records/letters']);
      expect(files).toBe(302);
      rmSync(to, { recursive: true });
    }, 120_000);

    async function killedInTheMiddle(ward: Ward, snapshot: SnapshotToStore): Promise<void> {
      const kill = new AbortController();
      const onProgress = (files: number): void => {
        if (files > 0) kill.abort();
      };
      const storing = ward.call('store', { snapshot }, { signal: kill.signal, onProgress });
      await expect(storing).rejects.toMatchObject({ code: 'cancelled' });
    }
  });
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String);
  } catch {
    return [];
  }
}
