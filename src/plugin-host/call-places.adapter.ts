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
  /** The device that it alone may use; null: none. */
  readonly device?: string | null;
  /** What it is done for, for those that wait for it: `the job nightly`. */
  readonly purpose?: string | undefined;
  /** Called once for each wait of more than a few seconds, with a sentence about it. */
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
  readonly operation: string;
  readonly purpose: string | undefined;
  readonly since: number;
}

/** What calls wait for. */
interface Group {
  readonly slots: Slots;
  readonly holders: Set<Holder>;
  /** What a call waits for, and who has it, as a clause. */
  waitText(now: number): string;
  /** Why it did not get it in time. */
  lackText(now: number, waitMs: number): string;
}

/** The places of a kind and weight: copies do not wait for check-ups, nor a look at a destination for a copy to it. */
class Places implements Group {
  readonly slots: Slots;
  readonly holders = new Set<Holder>();

  constructor(size: number) {
    this.slots = new Slots(size);
  }

  waitText(now: number): string {
    return `Waiting for a free slot: ${this.holdersText(now)}`;
  }

  lackText(now: number, waitMs: number): string {
    return `there was no free slot within ${spanText(waitMs)}: ${this.holdersText(now)}`;
  }

  /** Who holds the places, as a clause: `4 other calls are running, the longest for 12 min (folder)`. */
  private holdersText(now: number): string {
    const [oldest] = this.holders;
    if (!oldest) return 'other calls are running';
    const count = `${countText(this.holders.size, 'other call')} ${this.holders.size === 1 ? 'is' : 'are'} running`;
    return `${count}, the longest for ${spanText(now - oldest.since)} (${oldest.plugin})`;
  }
}

/** A device that only one call may use at a time. */
class Device implements Group {
  readonly slots = new Slots(1);
  readonly holders = new Set<Holder>();
  /** Calls that use it or wait for it. */
  wanted = 0;

  waitText(now: number): string {
    return `Waiting for the device, which one call at a time may use: ${this.holderText(now)}`;
  }

  lackText(now: number, waitMs: number): string {
    return `its device was in use for ${spanText(waitMs)}: ${this.holderText(now)}`;
  }

  /** `store for the job nightly has had it for 12 min (tape)`. */
  private holderText(now: number): string {
    const [holder] = this.holders;
    if (!holder) return 'another call has it';
    const { plugin, operation, purpose, since } = holder;
    const what = purpose === undefined ? operation : `${operation} for ${purpose}`;
    return `${what} has had it for ${spanText(now - since)} (${plugin})`;
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

interface Claim {
  readonly place: Place;
  free(): void;
}

/** The places in which calls run, and the devices that they alone may use. A call waits here before its time begins to count. */
export class CallPlaces {
  private readonly groups = new Map<string, Places>();
  private readonly devices = new Map<string, Device>();

  constructor(
    private readonly limits: Pick<PluginLimits, 'concurrentCalls' | 'waitMs'>,
    /** Milliseconds that only move forwards. */
    private readonly now: () => number,
  ) {}

  /**
   * The device comes first: a call that waits for one takes no place from others.
   * @throws WardroundError `cancelled`; `overloaded` if no place came free in time; what `onWaiting` throws
   */
  async take(call: CallForPlace, signal: AbortSignal): Promise<TakenPlace> {
    if (signal.aborted) throw new WardroundError('cancelled', `${call.plugin}: was cancelled`);
    const began = this.now();
    const freeDevice = await this.takeDevice(call, signal);
    try {
      const weight = weightOf(call.kind, call.operation);
      const claim = await this.claim(call, this.placesOf(call.kind, weight), this.limits.waitMs[weight], signal);
      return {
        waitedMs: this.now() - began,
        quiet: (quiet) => claim.place.quiet(quiet),
        free: () => {
          claim.free();
          freeDevice();
        },
      };
    } catch (error) {
      freeDevice();
      throw error;
    }
  }

  /** A look at a device waits as long as a copy: anyone who has it may have it for hours. */
  private async takeDevice(call: CallForPlace, signal: AbortSignal): Promise<() => void> {
    const key = call.device ?? null;
    if (key === null) return () => undefined;
    const device = this.devices.get(key) ?? new Device();
    this.devices.set(key, device);
    device.wanted += 1;
    const leave = (): void => {
      device.wanted -= 1;
      if (device.wanted === 0) this.devices.delete(key);
    };
    try {
      const claim = await this.claim(call, device, this.limits.waitMs.heavy, signal);
      return () => {
        claim.free();
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async claim(call: CallForPlace, group: Group, waitMs: number, signal: AbortSignal): Promise<Claim> {
    const place = new Place(group.slots);
    const waiting = new Wait(waitMs, () => call.onWaiting(group.waitText(this.now())));
    const taken = await place.take(AbortSignal.any([signal, waiting.over]));
    waiting.end();
    const now = this.now();
    if (!taken) {
      if (signal.aborted) {
        throw new WardroundError('cancelled', `${call.plugin}: was cancelled while waiting for a free slot`);
      }
      waiting.throwIfBroken();
      throw overloaded(call, group.lackText(now, waitMs));
    }
    const { plugin, operation, purpose } = call;
    const holder = { plugin, operation, purpose, since: now };
    group.holders.add(holder);
    return {
      place,
      free: () => {
        group.holders.delete(holder);
        place.free();
      },
    };
  }

  private placesOf(kind: PluginKind, weight: CallWeight): Places {
    const key = `${kind} ${weight}`;
    const group = this.groups.get(key) ?? new Places(this.limits.concurrentCalls[kind]);
    this.groups.set(key, group);
    return group;
  }
}

function overloaded({ plugin }: CallForPlace, lack: string): WardroundError {
  return new WardroundError(
    'overloaded',
    `${plugin}: was not started, because ${lack}`,
    'Check what the running calls are waiting for, or spread the schedules over the day',
  );
}
