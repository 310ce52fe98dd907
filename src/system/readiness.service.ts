import { Inject, Injectable } from '@nestjs/common';
import { EVENT_LOG, type EventLog, type PartHealth } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { ViewStore } from '../views/view-store.adapter.js';
import { within } from '../shared/within.adapter.js';

const patienceMs = 1_500;

/** Whether this process can take events and show what became of them. */
@Injectable()
export class Readiness {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'head' | 'health'>,
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read'>,
  ) {}

  /** All that it depends on, and how each is just now. Answers within two seconds, whatever hangs. */
  async parts(): Promise<readonly PartHealth[]> {
    const [log, views] = await Promise.all([
      this.log.health ? this.askLog(this.log.health()) : this.ask('the event log', this.log.head()),
      this.ask('the views', this.store.read.query('SELECT 1')),
    ]);
    return [...log, ...views];
  }

  private async askLog(asked: Promise<readonly PartHealth[]>): Promise<readonly PartHealth[]> {
    try {
      return await within(patienceMs, asked);
    } catch (error) {
      return [{ name: 'the event log', trouble: describeError(error) }];
    }
  }

  private async ask(name: string, asked: Promise<unknown>): Promise<readonly PartHealth[]> {
    try {
      await within(patienceMs, asked);
      return [{ name, trouble: null }];
    } catch (error) {
      return [{ name, trouble: describeError(error) }];
    }
  }
}
