import { ofType } from '../history.js';
import type { Found } from './check.js';
import type { History, Seen } from './history.js';
import type { Hub } from './hub.js';
import { faultText } from './plan.js';

/** What a run counted. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly facts: {
    readonly sent: number;
    readonly acknowledged: number;
    /** Never acknowledged, and in the log or not. */
    readonly unknown: { readonly stored: number; readonly notStored: number };
  };
  readonly answers: Readonly<Record<string, number>>;
  /** In the archive. */
  readonly events: number;
  /** Records of Kafka that hold an event once more, by who stated it. */
  readonly repeatsDropped: { readonly facts: number; readonly decisions: number };
  readonly alarms: { readonly raised: number; readonly cleared: number };
  readonly messages: { readonly decided: number; readonly delivered: number; readonly failedAttempts: number };
  readonly faults: Readonly<Record<string, number>>;
  readonly hubStarts: { readonly ready: number; readonly failed: number; readonly fellOver: number };
  readonly longestTimeWithoutAcknowledgementMs: number;
  /** From the last moment at which anything was broken on purpose to everything being done. */
  readonly timeToRestMs: number;
}

export function report(
  history: History,
  { archive, topic }: Found,
  hubs: readonly Hub[],
  about: { readonly seed: number; readonly seconds: number; readonly silenceMs: number; readonly restMs: number },
): Report {
  const events = archive.map(({ event }) => event);
  const stored = new Set(events.map(({ source, id }) => `${source} ${id}`));
  const orders = history.orders();
  const unsure = orders.filter(({ acknowledged }) => !acknowledged).flatMap(({ facts }) => facts);
  const unsureStored = unsure.filter(({ source, id }) => stored.has(`${source} ${id}`)).length;
  const sent = orders.reduce((sum, { facts }) => sum + facts.length, 0);
  const { seed, seconds, silenceMs, restMs } = about;
  return {
    ...{ seed, seconds },
    facts: {
      ...{ sent, acknowledged: sent - unsure.length },
      unknown: { stored: unsureStored, notStored: unsure.length - unsureStored },
    },
    answers: counted(
      history.seen.filter((seen) => seen.what === 'answered'),
      ({ answer, way }) => `${answer} (${way})`,
    ),
    events: events.length,
    repeatsDropped: repeatsOf(topic),
    alarms: { raised: ofType(events, 'alarm.raised').length, cleared: ofType(events, 'alarm.cleared').length },
    messages: {
      decided: ofType(events, 'message.decided').length,
      delivered: ofType(events, 'message.delivered').length,
      failedAttempts: ofType(events, 'message.failed').length,
    },
    faults: counted(
      history.seen.filter((seen) => seen.what === 'broken'),
      ({ fault }) => faultText(fault),
    ),
    hubStarts: {
      ready: history.seen.filter((seen) => seen.what === 'hub' && seen.did === 'ready').length,
      failed: hubs.reduce((sum, { failedStarts }) => sum + failedStarts, 0),
      fellOver: hubs.reduce((sum, { fellOver }) => sum + fellOver, 0),
    },
    longestTimeWithoutAcknowledgementMs: silenceMs,
    timeToRestMs: restMs,
  };
}

function repeatsOf(topic: Found['topic']): Report['repeatsDropped'] {
  const known = new Set<string>();
  const repeats = { facts: 0, decisions: 0 };
  for (const { source, id } of topic) {
    const identity = `${source} ${id}`;
    if (known.has(identity)) repeats[source.startsWith('/wardround/') ? 'decisions' : 'facts']++;
    known.add(identity);
  }
  return repeats;
}

function counted<What extends Seen>(seen: readonly What[], nameOf: (seen: What) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const each of seen) counts.set(nameOf(each), (counts.get(nameOf(each)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
