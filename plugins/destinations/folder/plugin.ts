import { resolve } from 'node:path';
import {
  checkFolder,
  checkPlace,
  copySnapshot,
  definePlugin,
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
  z,
  type DestinationInput,
  type PluginContext,
  type SnapshotAddress,
  type SnapshotPlace,
  type Watching,
} from '../../sdk/index.js';

const parameters = z.strictObject({
  path: z.string().min(1).describe('A folder, such as on an external drive or a mounted share of another computer'),
});
type Context = PluginContext<z.output<typeof parameters>>;

export default definePlugin({
  kind: 'destination',
  name: 'folder',
  summary: 'A folder on another disk or a mounted share: plain dated copies that anyone can open.',
  parameters,

  async check(context) {
    const place = rootOf(context);
    const { owner } = context;
    // First: where this is not the place of last time, nothing is made.
    if (owner) await checkPlace({ root: place, job: owner.origin.job, owner });
    const { freeBytes } = await checkFolder(place);
    return { place, freeBytes };
  },

  async store(context) {
    const { snapshot } = context;
    const { folder: from, manifestSha256 } = snapshot;
    const made = await copySnapshot({ ...addressOf(context, snapshot), from, manifestSha256, ...watching(context) });
    return { place: made.place, files: made.files, bytes: made.bytes, linkedFiles: made.linkedFiles };
  },

  async verify(context) {
    const { snapshot } = context;
    const { manifestSha256 } = snapshot;
    const checked = await verifySnapshot({ ...addressOf(context, snapshot), manifestSha256, ...watching(context) });
    return { files: checked.files, bytes: checked.bytes, manifestSha256: checked.manifestSha256 };
  },

  async list(context) {
    return { snapshots: await listSnapshots({ ...placeOf(context, context.job), ...watching(context) }) };
  },

  async remove(context) {
    const { job, snapshot: name } = context;
    await removeSnapshot({ ...addressOf(context, { job, name }), ...watching(context) });
    await sweepPartials({ ...placeOf(context, job), ...watching(context) });
  },

  async restore(context) {
    const { job, snapshot: name, to, manifestSha256 } = context;
    const address = addressOf(context, { job, name });
    return restoreSnapshot({ ...address, manifestSha256, to: resolve(to), ...watching(context) });
  },
});

function rootOf({ parameters: { path } }: Context): string {
  return resolve(path);
}

function placeOf(context: Context & DestinationInput, job: string): SnapshotPlace {
  return { root: rootOf(context), job, owner: context.owner };
}

function addressOf(context: Context & DestinationInput, { job, name }: { job: string; name: string }): SnapshotAddress {
  return { ...placeOf(context, job), name };
}

function watching({ signal, progress, log }: Context): Watching {
  return {
    signal,
    onProgress: progress,
    onNotice: ({ level, text, place }) => log(text, { level, place }),
  };
}
