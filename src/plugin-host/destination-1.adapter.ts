import {
  parseSnapshotName,
  PermanentFailure,
  type DestinationPlugin,
  type DestinationPlugin1,
  type LocalSnapshot,
  type RemovedSnapshot,
  type SnapshotToStore,
} from '../../plugins/sdk/index.js';
import { textOf } from './failures.js';

/**
 * A destination of contract 1 as one of contract 2, so that the pipeline knows one contract. Its names mean ids. What
 * it cannot do is refused with what to change: see docs/writing-plugins.md.
 */
export function asContract2(old: DestinationPlugin1): DestinationPlugin {
  const refuse = (what: string): PermanentFailure =>
    new PermanentFailure(
      `${what}: the plugin ${old.name} is written for contract 1 of destinations; see "Contract 2" in docs/writing-plugins.md`,
    );
  return {
    kind: 'destination',
    contract: 2,
    name: old.name,
    summary: old.summary,
    parameters: old.parameters,
    resumes: false,
    check: (context) => old.check(context),
    async list(context) {
      const { snapshots } = await old.list(context);
      return { snapshots: snapshots.flatMap(listed) };
    },
    async store(context) {
      const stored = await old.store({ ...context, snapshot: asLocal(context.snapshot) });
      return { ...stored, id: context.snapshot.name, resumedFiles: 0 };
    },
    async verify({ local, ...context }) {
      if (!local) throw refuse('A snapshot can be verified only right after it was stored');
      return old.verify({ ...context, snapshot: asLocal(local) });
    },
    async remove(context) {
      const removed: RemovedSnapshot[] = [];
      for (const id of context.snapshots) {
        context.signal.throwIfAborted();
        removed.push({ id, error: await whyNot(() => old.remove({ ...context, snapshot: id })) });
      }
      return { snapshots: removed };
    },
    async restore({ paths, ...context }) {
      if (paths) throw refuse('Only whole snapshots can be restored from there');
      return old.restore(context);
    },
  };
}

async function whyNot(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return textOf(error);
  }
}

/** What has no snapshot's name is none, and was never counted. */
function listed(name: string) {
  const takenAt = parseSnapshotName(name);
  const unknown = { origin: null, files: null, bytes: null, manifestSha256: null, verifiedAt: null };
  return takenAt === null ? [] : [{ id: name, takenAt, ...unknown }];
}

function asLocal({ manifest: _read, ...snapshot }: SnapshotToStore): LocalSnapshot {
  return snapshot;
}
