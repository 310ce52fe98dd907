import { resolve } from 'node:path';
import {
  checkFolder,
  checkPlace,
  copySnapshot,
  definePlugin,
  describeSnapshots,
  FileEngineError,
  longestStillnessMs,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
  z,
  type DestinationInput,
  type PluginContext,
  type RemovedSnapshot,
  type SnapshotAddress,
  type SnapshotPlace,
  type Watching,
} from '../../sdk/index.js';

const parameters = z.strictObject({
  path: z.string().min(1).describe('A folder, such as on an external drive or a mounted share of another computer'),
});
type Context = PluginContext<z.output<typeof parameters>> & DestinationInput;

export default definePlugin({
  kind: 'destination',
  contract: 2,
  name: 'folder',
  summary: 'A folder on another disk or a mounted share: plain dated copies that anyone can open.',
  parameters,
  resumes: true,

  async check(context) {
    const place = rootOf(context);
    const { owner } = context;
    // First: where this is not the place of last time, nothing is made.
    if (owner) await checkPlace({ root: place, job: owner.origin.job, owner });
    const { freeBytes } = await checkFolder(place);
    return { place, freeBytes };
  },

  async list(context) {
    return { snapshots: await describeSnapshots({ ...placeOf(context, context.job), ...watching(context) }) };
  },

  async store(context) {
    const { job, name, folder: from, manifestSha256 } = context.snapshot;
    const made = await copySnapshot({ ...placeOf(context, job), name, from, manifestSha256, ...watching(context) });
    const { place, files, bytes, linkedFiles, resumedFiles } = made;
    return { id: name, place, files, bytes, linkedFiles, resumedFiles };
  },

  async verify(context) {
    const { job, snapshot: name, manifestSha256 } = context;
    const checked = await verifySnapshot({ ...placeOf(context, job), name, manifestSha256, ...watching(context) });
    return { files: checked.files, bytes: checked.bytes, manifestSha256: checked.manifestSha256 };
  },

  async remove(context) {
    const place = placeOf(context, context.job);
    const snapshots: RemovedSnapshot[] = [];
    for (const id of context.snapshots) {
      snapshots.push({ id, error: await whyNotRemoved({ ...place, name: id, ...watching(context) }) });
    }
    await sweepPartials({ ...place, ...watching(context) });
    return { snapshots };
  },

  async restore(context) {
    const { job, snapshot: name, to, paths, manifestSha256 } = context;
    const what = { ...placeOf(context, job), name, paths, manifestSha256, to: resolve(to) };
    return restoreSnapshot({ ...what, ...watching(context) });
  },
});

/** Null if it is gone. What ends the whole call, such as a disk that does not answer, is thrown on. */
async function whyNotRemoved(snapshot: SnapshotAddress & Watching): Promise<string | null> {
  try {
    await removeSnapshot(snapshot);
    return null;
  } catch (error) {
    if (!(error instanceof FileEngineError) || error.code === 'cancelled' || error.code === 'stalled') throw error;
    return error.code === 'not-found' ? null : error.message;
  }
}

function rootOf({ parameters: { path } }: Context): string {
  return resolve(path);
}

function placeOf(context: Context, job: string): SnapshotPlace {
  return { root: rootOf(context), job, owner: context.owner };
}

/** The engine names the place where nothing moves, so it is to notice before the call is stopped. */
function watching({ signal, progress, log, stallMs }: Context): Watching {
  return {
    signal,
    stallMs: stallMs === null ? undefined : Math.max(longestStillnessMs, (stallMs * 2) / 3),
    onProgress: progress,
    onNotice: ({ level, text, place }) => log(text, { level, place }),
  };
}
