import type { PartHealth } from '../../event-log/event-log.js';
import type { EpochReason } from '../../event-log/log-identity.js';
import type { PluginProblem } from '../../plugin-host/plugin-host.js';
import { parseServerKey } from '../../shared/names.js';
import type { Consumer } from '../../system/consumer.js';
import type { SystemReport } from '../../system/system.service.js';
import { count, durationText, moment, nameAsTitle, numberText, optionalMoment } from '../humanise.js';
import type { Count, Here, Moment } from '../humanise.js';

/** One that goes through the log. */
export interface ConsumerRow {
  readonly name: string;
  readonly state: Consumer['state'];
  readonly lag: Count;
  /** `12/s`; empty while nothing moves. */
  readonly rate: string;
  /** How long it will take to catch up, if that takes a while: `3 min 20 s`; else empty. */
  readonly lasts: string;
  readonly parked: Count;
  /** Empty while it is well. */
  readonly error: string;
  readonly since: Moment | null;
}

/** A parked event that was refused, with what waits behind it. */
export interface ParkedCard {
  /** As the API and the command line name it. */
  readonly id: string;
  readonly subscription: string;
  readonly type: string;
  /** The server that it is about, or else its partition key. */
  readonly about: string;
  readonly error: string;
  readonly attempts: Count;
  readonly behind: Count;
  readonly parkedAt: Moment;
  /** Null if no one has asked that it be tried again. */
  readonly askedAt: Moment | null;
}

/** A row of the parking lot, as far as it is shown. */
export interface ParkedRow {
  readonly id: string;
  readonly subscription: string;
  readonly partition: number;
  readonly partitionkey: string;
  readonly type: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly parkedAt: string;
  readonly askedAt: string | null;
}

/** What the page says of the whole first, worst first. */
export type SystemVerdict = 'part-in-trouble' | 'consumer-failing' | 'consumer-stuck' | 'parked' | 'well';

export interface SystemPart {
  readonly verdict: SystemVerdict;
  readonly version: string;
  readonly role: SystemReport['role'];
  readonly eventLog: SystemReport['engines']['eventLog'];
  readonly views: SystemReport['engines']['views'];
  readonly computer: string;
  readonly pid: string;
  readonly startedAt: Moment;
  /** `0 to 3, 7`; empty if it has none. */
  readonly partitions: string;
  /** Null: not known now. */
  readonly log: { readonly id: string; readonly epoch: string; readonly because: EpochReason } | null;
  readonly parts: readonly { readonly name: string; readonly trouble: string }[];
  readonly consumers: readonly ConsumerRow[];
  /** Null: cannot be counted now. */
  readonly outbox: Count | null;
  readonly messages: Count | null;
  readonly parked: readonly ParkedCard[];
  /** False: they cannot be read now. */
  readonly parkedKnown: boolean;
  /** Whether there are more parked events than are shown. */
  readonly moreParked: boolean;
  /** Of each plugin that cannot be used, why. */
  readonly plugins: readonly string[];
}

/** What the page is made of. */
export interface SystemFindings {
  readonly report: SystemReport;
  /** The first parked events, in order; null if they cannot be read. */
  readonly parked: { readonly rows: readonly ParkedRow[]; readonly more: boolean } | null;
  readonly pluginProblems: readonly PluginProblem[];
}

export function systemPart({ report, parked, pluginProblems }: SystemFindings, here: Here): SystemPart {
  const waiting = (number: number | null): Count | null => (number === null ? null : count(number, here));
  return {
    verdict: verdictOf(report, parked?.rows ?? []),
    ...{ version: report.version, role: report.role, computer: report.computer, pid: String(report.pid) },
    ...{ eventLog: report.engines.eventLog, views: report.engines.views },
    startedAt: moment(report.startedAt, here),
    partitions: spansText(report.partitions),
    log: report.log && { id: report.log.id, epoch: report.log.epoch, because: report.log.because },
    parts: report.parts.map(partOf),
    consumers: report.consumers.map((consumer) => consumerRow(consumer, here)),
    outbox: waiting(report.outboxWaiting),
    messages: waiting(report.messagesWaiting),
    parked: parkedCards(parked?.rows ?? [], here),
    parkedKnown: parked !== null,
    moreParked: parked?.more ?? false,
    plugins: pluginProblems.map(({ message }) => message),
  };
}

function verdictOf({ parts, consumers }: SystemReport, parked: readonly ParkedRow[]): SystemVerdict {
  if (parts.some(({ trouble }) => trouble !== null)) return 'part-in-trouble';
  if (consumers.some(({ state }) => state === 'failing')) return 'consumer-failing';
  if (consumers.some(({ state }) => state === 'stuck')) return 'consumer-stuck';
  return parked.length > 0 || consumers.some((consumer) => consumer.parked > 0) ? 'parked' : 'well';
}

function partOf({ name, trouble }: PartHealth): { name: string; trouble: string } {
  const words = name.replace(/^the /, '');
  return { name: words.charAt(0).toUpperCase() + words.slice(1), trouble: trouble ?? '' };
}

function consumerRow({ name, state, lag, rate, parked, lastError, since }: Consumer, here: Here): ConsumerRow {
  const secondsLeft = rate > 0 ? lag / rate : 0;
  return {
    ...{ name, state, lag: count(lag, here), parked: count(parked, here) },
    rate: rate < 0.05 ? '' : `${numberText(rate, here.locale, rate < 10 ? 1 : 0)}/s`,
    lasts: state === 'behind' && secondsLeft >= 5 ? durationText(secondsLeft * 1000, here) : '',
    error: lastError ?? '',
    since: optionalMoment(since, here),
  };
}

/** One card for each event that was refused; those of its key behind it are only counted. */
function parkedCards(rows: readonly ParkedRow[], here: Here): readonly ParkedCard[] {
  const byKey = new Map<string, ParkedRow[]>();
  for (const row of rows) {
    const key = [row.subscription, row.partition, row.partitionkey].join('\n');
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return [...byKey.values()].flatMap(([first, ...behind]) => {
    if (!first) return [];
    const { id, subscription, type, error, attempts, partitionkey, parkedAt, askedAt } = first;
    const card: ParkedCard = {
      ...{ id, subscription, type, about: aboutOf(partitionkey), error: error ?? '' },
      ...{ attempts: count(attempts, here), behind: count(behind.length, here) },
      ...{ parkedAt: moment(parkedAt, here), askedAt: optionalMoment(askedAt, here) },
    };
    return [card];
  });
}

function aboutOf(partitionkey: string): string {
  const server = parseServerKey(partitionkey);
  return server ? `${nameAsTitle(server.server)} (${server.site})` : partitionkey;
}

/** `0 to 3, 7` of 0, 1, 2, 3 and 7. */
function spansText(numbers: readonly number[]): string {
  const spans: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last && number === last.to + 1) last.to = number;
    else spans.push({ from: number, to: number });
  }
  return spans.map(({ from, to }) => (from === to ? String(from) : `${from} to ${to}`)).join(', ');
}
