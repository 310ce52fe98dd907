import type { PluginKind } from '../../plugins/sdk/plugin.js';
import { WardroundError } from '../shared/errors.js';
import { countText } from '../shared/quantity.js';
import { weightOf, type CallWeight } from './call-weight.js';
import type { PluginLimits } from './limits.js';
import { Place, Slots } from './slots.js';
import { spanText } from './span-text.js';

/** A call that wants a place. */
export interface CallForPlace {
  readonly kind: PluginKind;
  readonly plugin: string;
  readonly operation: string;
  /** Called once if it has to wait for more than a few seconds, with a sentence about it. */
  onWaiting(text: string): void;
}

export interface TakenPlace {
  readonly waitedMs: number;
  /** The call is quiet, such as on a share that hangs, or at work again: meanwhile another may have its place. */
  quiet(quiet: boolean): void;
  free(): void;
}

interface Holder {
  readonly plugin: string;
  readonly since: number;
}

/** Those of a kind and weight: copies do not wait for check-ups, nor a look at a destination for a copy to it. */
class Group {
  readonly slots: Slots;
  readonly holders = new Set<Holder>();

  constructor(size: number) {
    this.slots = new Slots(size);
  }

  /** Who holds the places, as a clause: `4 other calls are running, the longest for 12 min (folder)`. */
  holdersText(now: number): string {
    const [oldest] = this.holders;
    if (!oldest) return 'other calls are running';
    const count = `${countText(this.holders.size, 'other call')} ${this.holders.size === 1 ? 'is' : 'are'} running`;
    return `${count}, the longest for ${spanText(now - oldest.since)} (${oldest.plugin})`;
  }
}

const tellAfterMs = 5_000;

/** A time of waiting: told of after a few seconds, and over after its limit. */
class Wait {
  private readonly ending = new AbortController();
  private readonly timers: readonly NodeJS.Timeout[];
  private fault: { readonly thrown: unknown } | null = null;

  constructor(limitMs: number, tell: () => void) {
    const tellOfIt = () => {
      try {
        tell();
      } catch (thrown) {
        this.fault = { thrown };
        this.ending.abort();
      }
    };
    this.timers = [setTimeout(tellOfIt, tellAfterMs), setTimeout(() => this.ending.abort(), limitMs)];
  }

  /** Fires when the limit is reached, or when the caller cannot be told. */
  get over(): AbortSignal {
    return this.ending.signal;
  }

  end(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** @throws what the caller threw when it was told */
  throwIfBroken(): void {
    if (this.fault) throw this.fault.thrown;
  }
}

/** The places in which calls run. A call waits here before its time begins to count. */
export class CallPlaces {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly limits: Pick<PluginLimits, 'concurrentCalls' | 'waitMs'>,
    /** Milliseconds that only move forwards. */
    private readonly now: () => number,
  ) {}

  /**
   * @throws WardroundError `cancelled`; `overloaded` if no place came free in time; what `onWaiting` throws
   */
  async take(call: CallForPlace, signal: AbortSignal): Promise<TakenPlace> {
    const weight = weightOf(call.kind, call.operation);
    const group = this.groupOf(call.kind, weight);
    const waitMs = this.limits.waitMs[weight];
    if (signal.aborted) throw new WardroundError('cancelled', `${call.plugin}: was cancelled`);
    const began = this.now();
    const place = new Place(group.slots);
    const waiting = new Wait(waitMs, () => call.onWaiting(`Waiting for a place: ${group.holdersText(this.now())}`));
    const taken = await place.take(AbortSignal.any([signal, waiting.over]));
    waiting.end();
    const now = this.now();
    if (!taken) {
      if (signal.aborted) {
        throw new WardroundError('cancelled', `${call.plugin}: was cancelled while it waited for a place`);
      }
      waiting.throwIfBroken();
      throw overloaded(call, waitMs, group.holdersText(now));
    }
    const holder = { plugin: call.plugin, since: now };
    group.holders.add(holder);
    return {
      waitedMs: now - began,
      quiet: (quiet) => place.quiet(quiet),
      free: () => {
        group.holders.delete(holder);
        place.free();
      },
    };
  }

  private groupOf(kind: PluginKind, weight: CallWeight): Group {
    const key = `${kind} ${weight}`;
    const group = this.groups.get(key) ?? new Group(this.limits.concurrentCalls[kind]);
    this.groups.set(key, group);
    return group;
  }
}

function overloaded({ plugin }: CallForPlace, waitMs: number, holders: string): WardroundError {
  return new WardroundError(
    'overloaded',
    `${plugin}: was not started, since no place came free within ${spanText(waitMs)}: ${holders}`,
    'See what the running ones wait for, or spread the times over the day',
  );
}
