import { setTimeout as pause } from 'node:timers/promises';
import type { TestSmtpServer } from '../fixtures/smtp.js';
import type { Life } from './clinic.js';

/** What a kill is aimed at, and how long after that moment it comes. */
export type Kill =
  /** Somewhere between the beginning of the process and its readiness: recovery, catching up. A share of that time. */
  | { readonly during: 'start'; readonly share: number }
  | { readonly during: 'append'; readonly delayMs: number }
  /** Many events were appended at once, and the views lag behind them. */
  | { readonly during: 'projection'; readonly delayMs: number }
  | { readonly during: 'run'; readonly behind: string; readonly delayMs: number }
  | { readonly during: 'delivery'; readonly behind: 'content' | 'accepted'; readonly delayMs: number };

export const burst = 600;
/** So long the mail server thinks before it accepts. */
export const thinkingMs = 120;
/** What a kill is aimed at may never come, since each life is another: then it is killed all the same. */
const longestAimMs = 15_000;

const counts = { start: 8, append: 8, projection: 8, run: 14, delivery: 12 } as const;

/** Later steps more often: fewer lives come so far by chance. */
const stepsOfRun = [
  'event backup.started',
  'event backup.progressed copy local-copy',
  'event backup.progressed verify local-copy',
  'event backup.verified local-copy',
  ...['event backup.progressed copy second', 'event backup.progressed copy second'],
  ...['event backup.progressed verify second', 'event backup.progressed verify second'],
  ...['event backup.verified second', 'event backup.verified second', 'event backup.progressed tidy up'],
  ...['event backup.completed', 'event backup.completed', 'event backup.completed'],
];

/** Chance that its seed repeats (mulberry32): 0 ≤ x < 1. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Kills in any order, spread over what the process does. @param count fifty at most */
export function planKills(random: () => number, count: number): readonly Kill[] {
  const upTo = (ms: number) => Math.floor(random() * ms);
  const times = (count: number, make: (index: number) => Kill) => Array.from({ length: count }, (_, at) => make(at));
  const kills = [
    ...times(counts.start, () => ({ during: 'start', share: random() })),
    ...times(counts.append, () => ({ during: 'append', delayMs: upTo(600) })),
    ...times(counts.projection, () => ({ during: 'projection', delayMs: upTo(250) })),
    ...times(counts.run, (index) => {
      const behind = stepsOfRun[index % stepsOfRun.length] ?? '';
      return { during: 'run', behind, delayMs: upTo(300) };
    }),
    ...times(counts.delivery, (index) =>
      index % 2 === 0
        ? { during: 'delivery', behind: 'content', delayMs: upTo(thinkingMs * 1.5) }
        : { during: 'delivery', behind: 'accepted', delayMs: upTo(40) },
    ),
  ];
  return shuffled(kills, random).slice(0, count);
}

/** Resolves when the moment of the kill has come. @param startMs how long a start takes here */
export async function momentOf(kill: Kill, life: Life, smtp: TestSmtpServer, startMs: number): Promise<void> {
  if (kill.during === 'start') {
    await pause(kill.share * startMs);
    return;
  }
  const aimed = aim(kill, life, smtp);
  await life.ready();
  await Promise.race([aimed, pause(longestAimMs, undefined, { ref: false })]);
  await pause(kill.delayMs);
}

async function aim(kill: Exclude<Kill, { during: 'start' }>, life: Life, smtp: TestSmtpServer): Promise<void> {
  switch (kill.during) {
    case 'append':
      return;
    case 'projection':
      await life.says((line) => line === 'burst');
      return;
    case 'run':
      await life.says((line) => line.startsWith(kill.behind));
      return;
    case 'delivery':
      return smtp.next(kill.behind);
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
