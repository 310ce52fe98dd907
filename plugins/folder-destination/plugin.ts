import { resolve } from 'node:path';
import {
  checkFolder,
  copySnapshot,
  definePlugin,
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
  z,
  type PluginContext,
  type SnapshotAddress,
  type Watching,
} from '../sdk/index.js';

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
    const { freeBytes } = await checkFolder(place);
    return { place, freeBytes };
  },

  async store(context) {
    const { snapshot } = context;
    const address = addressOf(context, snapshot);
    const made = await copySnapshot({ ...address, from: snapshot.folder, ...watching(context) });
    return { place: made.place, files: made.files, bytes: made.bytes, linkedFiles: made.linkedFiles };
  },

  async verify(context) {
    const checked = await verifySnapshot({ ...addressOf(context, context.snapshot), ...watching(context) });
    return { files: checked.files, bytes: checked.bytes, manifestSha256: checked.manifestSha256 };
  },

  async list(context) {
    return { snapshots: await listSnapshots({ root: rootOf(context), job: context.job }) };
  },

  async remove(context) {
    const { job, snapshot: name } = context;
    await removeSnapshot({ ...addressOf(context, { job, name }), ...watching(context) });
    await sweepPartials({ root: rootOf(context), job, ...watching(context) });
  },

  async restore(context) {
    const { job, snapshot: name, to } = context;
    return restoreSnapshot({ ...addressOf(context, { job, name }), to: resolve(to), ...watching(context) });
  },
});

function rootOf({ parameters: { path } }: Context): string {
  return resolve(path);
}

function addressOf(context: Context, { job, name }: { job: string; name: string }): SnapshotAddress {
  return { root: rootOf(context), job, name };
}

function watching({ signal, progress, log }: Context): Watching {
  return {
    signal,
    onProgress: progress,
    onNotice: ({ level, text, place }) => log(text, { level, place }),
  };
}
