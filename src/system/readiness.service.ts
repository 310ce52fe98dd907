import { Inject, Injectable, Optional } from '@nestjs/common';
import { EVENT_LOG, type EventLog, type PartHealth } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { DataSpace } from './data-space.service.js';
import { withTimeLimit } from '../shared/time-limit.adapter.js';

const patienceMs = 1_500;

/** Whether this process can take events and show what became of them. */
@Injectable()
export class Readiness {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'head' | 'health'>,
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read'>,
    @Optional() @Inject(DataSpace) private readonly space: Pick<DataSpace, 'health'> | null = null,
  ) {}

  /** All that it depends on, and how each is just now. Answers within two seconds, whatever hangs. */
  async parts(): Promise<readonly PartHealth[]> {
    const { log: port, space } = this;
    const [log, views, folder] = await Promise.all([
      port.health ? this.askParts('the event log', port.health()) : this.ask('the event log', port.head()),
      this.ask('the views', this.store.read.query('SELECT 1')),
      space ? this.askParts('the data folder', space.health()) : [],
    ]);
    return [...log, ...views, ...folder];
  }

  private async askParts(name: string, asked: Promise<readonly PartHealth[]>): Promise<readonly PartHealth[]> {
    try {
      return await withTimeLimit(patienceMs, asked);
    } catch (error) {
      return [{ name, trouble: describeError(error) }];
    }
  }

  private async ask(name: string, asked: Promise<unknown>): Promise<readonly PartHealth[]> {
    try {
      await withTimeLimit(patienceMs, asked);
      return [{ name, trouble: null }];
    } catch (error) {
      return [{ name, trouble: describeError(error) }];
    }
  }
}
