import { Inject, Injectable } from '@nestjs/common';
import type { PartHealth } from '../event-log/event-log.js';
import { diskSpace, tryToWrite, writeFaultOf } from '../shared/disk.adapter.js';
import { outsideRefusal, writeFaultText } from '../shared/disk-words.js';
import { describeError } from '../shared/errors.js';
import { SETTINGS, type Settings } from '../shared/settings.js';

/** Looking costs a system call or two: whoever asks more often gets what was found last. */
const spaceHoldsMs = 500;
const writtenHoldsMs = 2_000;
/** What one commit needs, about. */
const neededBytes = 64 * 1024;

/** Watches whether the data folder still takes what is to be written. */
@Injectable()
export class DataSpace {
  private looked: { readonly at: number; readonly found: Promise<string | null> } | null = null;
  private wrote: { readonly at: number; readonly found: Promise<string | null> } | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'dataFolder' | 'engines' | 'user'>) {}

  /** Why events from outside are refused now, so that there is room for Wardround's own; null if they are not. */
  refusesOutside(): Promise<string | null> {
    if (!this.isUsed) return Promise.resolve(null);
    if (this.looked && performance.now() - this.looked.at < spaceHoldsMs) return this.looked.found;
    const found = this.look();
    this.looked = { at: performance.now(), found };
    return found;
  }

  /** What is wrong with the data folder; nothing where no database is in it. */
  async health(): Promise<readonly PartHealth[]> {
    if (!this.isUsed) return [];
    const trouble = (await this.writes()) ?? (await this.refusesOutside());
    return [{ name: 'the data folder', trouble }];
  }

  /** With Kafka and PostgreSQL nothing is kept here. */
  private get isUsed(): boolean {
    const { eventLog, views } = this.settings.engines;
    return eventLog === 'sqlite' || views === 'sqlite';
  }

  private async look(): Promise<string | null> {
    const { dataFolder } = this.settings;
    try {
      return outsideRefusal(dataFolder, await diskSpace(dataFolder));
    } catch (error) {
      return `the data folder ${dataFolder} cannot be looked at: ${describeError(error)}`;
    }
  }

  private writes(): Promise<string | null> {
    if (this.wrote && performance.now() - this.wrote.at < writtenHoldsMs) return this.wrote.found;
    const found = this.write();
    this.wrote = { at: performance.now(), found };
    return found;
  }

  private async write(): Promise<string | null> {
    const { dataFolder, user } = this.settings;
    try {
      tryToWrite(dataFolder, neededBytes);
      return null;
    } catch (error) {
      const fault = writeFaultOf(error);
      if (fault === null) return `nothing can be written to the data folder ${dataFolder}: ${describeError(error)}`;
      const space = await diskSpace(dataFolder).catch(() => null);
      return writeFaultText(fault, { folder: dataFolder, user, space, neededBytes }).message;
    }
  }
}
