import { chance } from '../kills.js';

/** What is broken. While it lasts the others of its lane are whole; lanes continue side by side. */
export type Fault =
  /** One that was killed is waited for after its start, or the next fault may meet it while it starts. */
  | { readonly target: 'hub'; readonly hub: number; readonly how: 'killed'; readonly waitedFor: boolean }
  | { readonly target: 'hub'; readonly hub: number; readonly how: 'paused' }
  | { readonly target: 'way-to-brokers'; readonly hub: number; readonly how: 'refused' | 'silent' }
  | { readonly target: 'way-to-database'; readonly hub: number; readonly how: 'refused' | 'silent' }
  /** Ids count from 1. Two of three: then no write may be acknowledged. */
  | { readonly target: 'brokers'; readonly ids: readonly number[]; readonly how: 'killed' | 'paused' }
  | { readonly target: 'database'; readonly how: 'killed' | 'paused' };

/** After a rest, a fault that lasts for some time; what was killed is started then. In milliseconds. */
export interface Step {
  readonly restMs: number;
  readonly fault: Fault;
  readonly lastsMs: number;
}

/** Faults that come one after the other. */
export interface Lane {
  readonly name: string;
  readonly steps: readonly Step[];
}

export const hubs = [1, 2, 3] as const;
const brokers = [1, 2, 3] as const;

/** A run that is shorter than this goes through its faults at double speed. */
const shortRunSeconds = 60;

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * All faults of a run: the same seed gives the same ones. A lane for each hub, one for the brokers, of which at most one is
 * away at a time, but for the times at which two are, and one for the database.
 * @param seconds so long faults are begun
 */
export function planFaults(seed: number, seconds: number): readonly Lane[] {
  const lane = (name: string, number: number, next: (dice: Dice) => Step): Lane => {
    const dice = new Dice(seed * 7919 + number * 104_729, seconds < shortRunSeconds ? 0.5 : 1);
    const steps: Step[] = [];
    for (let at = 0; at < seconds * 1000;) {
      const step = next(dice);
      steps.push(step);
      at += step.restMs + step.lastsMs;
    }
    return { name, steps };
  };
  return [
    ...hubs.map((hub) => lane(`hub-${hub}`, hub, (dice) => hubStep(dice, hub))),
    lane('brokers', 10, brokerStep),
    lane('database', 20, databaseStep),
  ];
}

function hubStep(dice: Dice, hub: number): Step {
  const restMs = dice.ms({ from: 3, to: 15 });
  const kind = dice.of(['killed', 'killed', 'killed', 'paused', 'paused', 'brokers', 'brokers', 'database']);
  switch (kind) {
    case 'killed': {
      const fault: Fault = { target: 'hub', hub, how: kind, waitedFor: dice.share() < 0.75 };
      return { restMs, fault, lastsMs: dice.ms({ from: 0, to: 4 }) };
    }
    case 'paused':
      return { restMs, fault: { target: 'hub', hub, how: kind }, lastsMs: dice.ms({ from: 1, to: 20 }) };
    case 'brokers':
    case 'database': {
      const target = kind === 'brokers' ? 'way-to-brokers' : 'way-to-database';
      const fault: Fault = { target, hub, how: dice.of(['refused', 'silent']) };
      return { restMs, fault, lastsMs: dice.ms({ from: 1, to: 15 }) };
    }
  }
}

function brokerStep(dice: Dice): Step {
  const restMs = dice.ms({ from: 3, to: 15 });
  const how = dice.of(['killed', 'paused']);
  const first = dice.of(brokers);
  const both = dice.share() < 0.15;
  const ids = both ? brokers.filter((id) => id !== first) : [first];
  const lastsMs = dice.ms(both ? { from: 1, to: 8 } : { from: 1, to: 20 });
  return { restMs, fault: { target: 'brokers', ids, how }, lastsMs };
}

function databaseStep(dice: Dice): Step {
  const restMs = dice.ms({ from: 15, to: 60 });
  const how = dice.of(['killed', 'paused']);
  return { restMs, fault: { target: 'database', how }, lastsMs: dice.ms({ from: 0, to: 8 }) };
}

/** For people, and to count by. */
export function faultText(fault: Fault): string {
  switch (fault.target) {
    case 'hub':
      return `hub ${fault.how}`;
    case 'way-to-brokers':
    case 'way-to-database':
      return `${fault.target} ${fault.how}`;
    case 'brokers':
      return fault.ids.length === 1 ? `broker ${fault.how}` : `two brokers ${fault.how}`;
    case 'database':
      return `database ${fault.how}`;
  }
}

class Dice {
  readonly share: () => number;

  /** @param pace what all times are multiplied with */
  constructor(
    seed: number,
    private readonly pace: number,
  ) {
    this.share = chance(seed);
  }

  /** @param range in seconds */
  ms({ from, to }: Range): number {
    return Math.round(1000 * this.pace * (from + this.share() * (to - from)));
  }

  of<const Value>(values: readonly Value[]): Value {
    const value = values[Math.floor(this.share() * values.length)];
    if (value === undefined) throw new RangeError('there is nothing to choose from');
    return value;
  }
}
