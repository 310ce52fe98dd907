import { backupCompleted } from '../../../backups/backups.events.js';
import { fromIso, toIso } from '../../../shared/instant.js';
import type { RunCompleted } from '../finished-run/decide-run.js';
import { runAbout } from '../finished-run/run-about.js';
import { runsModel } from '../finished-run/run-model.js';
import { readRuns, type RunRecords } from '../finished-run/run-record.js';
import type { Occasion, Occurrence, PlannedGroup, Planning, PlanTools } from '../occasion.js';
import {
  afterDigest,
  defineGroup,
  digestsOfRun,
  dueDigests,
  inOrder,
  replanned,
  wakeAt,
  type Digest,
  type DueDigest,
  type FinishedRun,
  type GroupState,
} from './digest.js';

const template = 'log-digest';

/** How far each digest of a group has come. */
type Digests = readonly Digest[];

const plan: Planning<FinishedRun, Digests> = {
  field: 'digests',
  none: [],
  wakeAt: (digests) => wakeAt({ digests }),
  defined(before, definition, definedAt, { memory, nextDue }) {
    const { digests } = defineGroup(before && stateOf(before), definition, definedAt, nextDue);
    const kept = new Set(digests.map(({ id }) => id));
    for (const { id } of before?.plan ?? []) if (!kept.has(id)) memory.forgetBelow(`${definition.name}/${id}/`);
    return digests;
  },
  retired(group, { memory }) {
    memory.forgetBelow(`${group}/`);
  },
  met(group, { channel, to, period, about }, { memory, nextDue }) {
    if (period === null) return group.plan;
    const { digests } = afterDigest(stateOf(group), { channel, to, period }, nextDue);
    const moved = digests.filter((digest, index) => digest !== group.plan[index]);
    for (const { id } of moved) {
      for (const { runId } of runAbout.among(about)) memory.forget(keyOf(group.definition.name, id, runId));
    }
    return digests;
  },
  async due(group, now, tools) {
    let state = replanned(stateOf(group), now, tools.nextDue);
    const occurrences: Occurrence[] = [];
    for (const digest of dueDigests(state, now)) {
      occurrences.push(occurrenceOf(digest, await takeRuns(digest, tools)));
      state = afterDigest(state, digest, tools.nextDue);
    }
    return { plan: state.digests, occurrences };
  },
};

/** At set times, all backups that have ended since the last digest. It remembers them until then, for each digest. */
export const runDigestOccasion: Occasion<typeof backupCompleted, FinishedRun, Digests, RunRecords> = {
  name: 'run-digest',
  subscriptions: {
    takes: ['digest'],
    describe: 'of backups, at set times',
    filters: ['sites', 'servers', 'jobs', 'at'],
  },
  about: runAbout,
  templates: { [template]: 'inbox' },
  reasons: {
    'digest-due': { en: 'its digest was due', de: 'ihre Übersicht fällig war', board: 'The digest was due' },
  },
  keysBegin: 'run',
  events: [backupCompleted],
  decide(event, groups, memory) {
    const run = finishedRun(event);
    for (const group of groups) {
      for (const { id } of digestsOfRun(stateOf(group), event)) {
        memory.keep(keyOf(group.definition.name, id, run.runId), run);
      }
    }
    return [];
  },
  plan,
  recordsOf: ({ about }, sources) => readRuns(about, sources),
  modelOf: ({ runs }, reader) => runsModel(runs, reader),
};

function stateOf({ definition, plan: digests }: PlannedGroup<Digests>): GroupState {
  return { definition, digests };
}

function finishedRun({ data: { site, server, job, runId }, time }: RunCompleted): FinishedRun {
  return { site, server, job, runId, completedAt: toIso(fromIso(time)) };
}

/** Names hold lower-case letters, digits and hyphens only: none of what LIKE takes for a pattern. */
function keyOf(group: string, digest: string, runId: string): string {
  return `${group}/${digest}/${runId}`;
}

/** The runs that a digest is due to tell of, each once. */
async function takeRuns({ group, digests }: DueDigest, { memory }: PlanTools<FinishedRun>) {
  const runs = new Map<string, FinishedRun>();
  for (const { id } of digests) for (const run of await memory.takeBelow(`${group}/${id}/`)) runs.set(run.runId, run);
  return inOrder([...runs.values()]);
}

function occurrenceOf({ messageId, group, channel, to, period }: DueDigest, runs: readonly FinishedRun[]): Occurrence {
  const about = runs.map(({ site, server, job, runId }) => runAbout.about({ site, server, job, runId }));
  return { messageId, group, channel, to, template, because: 'digest-due', about, period };
}
