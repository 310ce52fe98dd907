import { setTimeout as pause } from 'node:timers/promises';
import { chance } from '../kills.js';
import type { Answer, History, Way } from './history.js';
import type { Hub } from './hub.js';
import { Happenings, servers, type Order } from './world.js';

/** So long a writer thinks between two orders, at most. */
const longestThoughtMs = 1_600;
const longestRetryPauseMs = 600;
const shortestPatienceMs = 4_000;
const longestPatienceMs = 20_000;
/** How often an order of which no one knows is given up. */
const abandonedShare = 0.1;

/**
 * One writer for each server, with one order under way at most. What is not acknowledged is sent again, with the same ids, to
 * any hub, until it is acknowledged or given up.
 */
export class Writers {
  private ending = false;
  /** Rejects at once if something is wrong with a writer itself. */
  readonly working: Promise<void>;
  /** Times when an order was called wrong: none ever is. */
  readonly calledWrong: string[] = [];

  constructor(
    private readonly hubs: readonly Hub[],
    private readonly history: History,
    seed: number,
  ) {
    this.working = Promise.all(servers.map((server, at) => this.write(server, chance(seed * 1000 + at)))).then(
      () => undefined,
    );
  }

  /** Begins nothing new, and resolves when all that is under way has been acknowledged, or after some time. */
  async finish(patienceMs: number): Promise<boolean> {
    this.ending = true;
    return Promise.race([this.working.then(() => true), pause(patienceMs, false, { ref: false })]);
  }

  private async write(server: string, random: () => number): Promise<void> {
    const happenings = new Happenings(server, chance(Math.floor(random() * 2 ** 31)));
    while (!this.ending) {
      await pause(random() * longestThoughtMs);
      const order = happenings.order(Date.now());
      this.history.add({ what: 'ordered', at: this.history.now(), ...order });
      await this.bring(order, random);
    }
  }

  private async bring(order: Order, random: () => number): Promise<void> {
    const { server, number } = order;
    for (;;) {
      const answer = await this.send(order, random);
      if (answer === 'acknowledged') return;
      if (answer === 'unknown' && !this.ending && random() < abandonedShare) {
        this.history.add({ what: 'abandoned', at: this.history.now(), server, number });
        return;
      }
      await pause(random() * longestRetryPauseMs);
    }
  }

  private async send({ server, number, facts }: Order, random: () => number): Promise<Answer> {
    // Who finds no one at one address goes to the next.
    const ready = this.hubs.filter((hub) => hub.ready);
    const hub = ready[Math.floor(random() * ready.length)];
    if (!hub) return 'refused';
    const way: Way = random() < 0.5 && facts.every(({ type }) => type === 'checkup.completed') ? 'http' : 'log';
    const patienceMs = Math.round(shortestPatienceMs + random() * (longestPatienceMs - shortestPatienceMs));
    const at = this.history.now();
    const { answer, detail } = await hub.append(way, facts, patienceMs);
    const now = this.history.now();
    this.history.add({
      ...{ what: 'answered', at: now, server, number, hub: hub.name, way, answer, tookMs: now - at, detail },
    });
    if (answer === 'called-wrong') this.calledWrong.push(`${server} ${number} at ${hub.name}: ${detail}`);
    return answer;
  }
}
