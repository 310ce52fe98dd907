import { fromIso, toIso, type Instant } from '../../../shared/instant.js';
import { decisionId } from '../../../shared/ids.js';
import { addressesOf, messageIdOf } from '../../decide.js';
import type { RecipientGroupDefinition } from '../../recipient-group.js';
import { takesJob, type RunCompleted } from '../finished-run/decide-run.js';
import type { NextDue } from '../occasion.js';

/** One digest of a group, and how far it has told. */
export interface Digest {
  /** Follows from its channel, its addresses and its place among those with the same; a new `at` leaves it the same. */
  readonly id: string;
  readonly channel: string;
  readonly to: readonly string[];
  readonly at: string;
  /** RFC 3339: when it was first defined. Runs that ended before are not its business. */
  readonly since: string;
  /** RFC 3339: up to when the last one told; at first, `since`. */
  readonly toldUntil: string;
  /** RFC 3339: when the next one is due; null if its cron line names no further moment. */
  readonly dueAt: string | null;
}

/** What is remembered of one recipient group. */
export interface GroupState {
  readonly definition: RecipientGroupDefinition;
  readonly digests: readonly Digest[];
}

/** A run that a digest is going to tell of. */
export interface FinishedRun {
  readonly site: string;
  readonly server: string;
  readonly job: string;
  readonly runId: string;
  /** RFC 3339 with milliseconds. */
  readonly completedAt: string;
}

/** A digest that has come due: one message per channel and set of addresses, even if several digests of them are due. */
export interface DueDigest {
  readonly messageId: string;
  readonly group: string;
  readonly channel: string;
  readonly to: readonly string[];
  /** The digests whose runs it tells of. */
  readonly digests: readonly Digest[];
  readonly period: { readonly from: string; readonly until: string };
}

/** A group as it is after a new definition. A digest that continues keeps what it has told. */
export function defineGroup(
  before: GroupState | null,
  definition: RecipientGroupDefinition,
  definedAt: Instant,
  nextDue: NextDue,
): GroupState {
  const sameClock = before?.definition.timeZone === definition.timeZone;
  const places = new Map<string, number>();
  const digests = definition.subscriptions.flatMap((subscription): Digest[] => {
    const { channel, at } = subscription;
    if (at === undefined) return [];
    const to = addressesOf(subscription);
    const receivers = JSON.stringify([channel, to]);
    const place = places.get(receivers) ?? 0;
    places.set(receivers, place + 1);
    const id = decisionId('digest', receivers, String(place));
    const old = before?.digests.find((digest) => digest.id === id);
    if (old && old.at === at && sameClock) return [old];
    const since = old?.since ?? toIso(definedAt);
    const toldUntil = old?.toldUntil ?? since;
    // eslint-disable-next-line no-restricted-syntax -- when a digest is due next follows from the calendar, not from the log's order
    const dueAt = next(nextDue, at, definition, Math.max(fromIso(toldUntil), definedAt));
    return [{ id, channel, to, at, since, toldUntil, dueAt }];
  });
  return { definition, digests };
}

/** The digests of a group that are to tell of a run. */
export function digestsOfRun(group: GroupState, run: RunCompleted): readonly Digest[] {
  return group.digests.filter((digest) => {
    const wanted = group.definition.subscriptions.some(
      (subscription) =>
        subscription.at === digest.at &&
        subscription.channel === digest.channel &&
        sameAddresses(addressesOf(subscription), digest.to) &&
        takesJob(subscription, run.data),
    );
    // eslint-disable-next-line no-restricted-syntax -- definitions and runs may lie in different partitions: no order between them
    return wanted && fromIso(run.time) >= fromIso(digest.since);
  });
}

/**
 * The digests of a group that are due. What came due while no one was there is told in one message, up to `now`.
 * @param now also the end of the period they cover
 */
export function dueDigests(group: GroupState, now: Instant): readonly DueDigest[] {
  const until = toIso(now);
  const due = group.digests.filter(({ dueAt }) => dueAt !== null && dueAt <= until);
  const byReceivers = new Map<string, Digest[]>();
  for (const digest of due) {
    const receivers = JSON.stringify([digest.channel, digest.to]);
    byReceivers.set(receivers, [...(byReceivers.get(receivers) ?? []), digest]);
  }
  return [...byReceivers.values()].flatMap((digests): DueDigest[] => {
    const [first] = digests;
    if (!first) return [];
    const about = { group: group.definition.name, channel: first.channel, to: first.to };
    const from = earliest(digests.map(({ toldUntil }) => toldUntil));
    // Where the clock was put back, the same due time comes twice: each is its own message, so `from` counts too.
    const cause = `${earliest(digests.map(({ dueAt }) => dueAt ?? until))} ${from}`;
    return [{ messageId: messageIdOf(about, cause), ...about, digests, period: { from, until } }];
  });
}

/**
 * The group after a digest that told of a period, whether it was decided just now or is met again in the log. Those
 * whose time had not come then are untouched.
 */
export function afterDigest(
  group: GroupState,
  told: Pick<DueDigest, 'channel' | 'to' | 'period'>,
  nextDue: NextDue,
): GroupState {
  const { from, until } = told.period;
  const digests = group.digests.map((digest): Digest => {
    const isMeant = digest.channel === told.channel && sameAddresses(digest.to, told.to);
    if (!isMeant) return digest;
    // One that had told up to later was planned by a clock that ran ahead, and again before this message: see `replanned`.
    const isReplanned = digest.toldUntil > until;
    const was = isReplanned ? next(nextDue, digest.at, group.definition, fromIso(from)) : digest.dueAt;
    if (was === null || was > until) return digest;
    const dueAt = next(nextDue, digest.at, group.definition, fromIso(until));
    return { ...digest, since: earliest([digest.since, from]), toldUntil: until, dueAt };
  });
  return { ...group, digests };
}

/**
 * The group with what a clock that ran ahead has left corrected: what is to be told after the next time that its cron line
 * names was planned by that clock, and would else be told years late.
 */
export function replanned(group: GroupState, now: Instant, nextDue: NextDue): GroupState {
  const latest = toIso(now);
  const digests = group.digests.map((digest): Digest => {
    const due = next(nextDue, digest.at, group.definition, now);
    if (due === null || digest.dueAt === null || digest.dueAt <= due) return digest;
    const [since, toldUntil] = [earliest([digest.since, latest]), earliest([digest.toldUntil, latest])];
    return { ...digest, since, toldUntil, dueAt: due };
  });
  return { ...group, digests };
}

/** RFC 3339: when the clock alone may have a digest of this group told; null if never. */
export function wakeAt(group: Pick<GroupState, 'digests'>): string | null {
  const dues = group.digests.flatMap(({ dueAt }) => (dueAt === null ? [] : [dueAt]));
  return dues.length === 0 ? null : earliest(dues);
}

/** Oldest first; several that ended at once, by their id. */
export function inOrder(runs: readonly FinishedRun[]): readonly FinishedRun[] {
  const key = (run: FinishedRun) => `${run.completedAt} ${run.runId}`;
  return [...runs].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function next(nextDue: NextDue, at: string, { timeZone }: RecipientGroupDefinition, after: Instant): string | null {
  const due = nextDue(at, timeZone, after);
  return due === null ? null : toIso(due);
}

/** RFC 3339 texts in UTC with milliseconds sort as texts. */
function earliest(times: readonly string[]): string {
  return times.reduce((least, due) => (due < least ? due : least));
}

function sameAddresses(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
