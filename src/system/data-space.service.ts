import { Inject, Injectable } from '@nestjs/common';
import type { PartHealth } from '../event-log/event-log.js';
import { diskSpace, tryToWrite, writeFaultOf, type DiskSpace } from '../shared/disk.adapter.js';
import { outsideRefusal, writeFaultText } from '../shared/disk-words.js';
import { describeError } from '../shared/errors.js';
import { SETTINGS, type Settings } from '../shared/settings.js';

/** Looking costs a system call or two: anyone who asks more often gets what was found last. */
const holdsMs = 500;
/** What one commit needs, about. */
const neededBytes = 64 * 1024;

/** Watches whether the data folder still takes what is to be written. */
@Injectable()
export class DataSpace {
  private readonly outside = new Held(() => this.lookForOutside());
  private readonly own = new Held(() => this.lookForOwn());

  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'dataFolder' | 'engines' | 'user'>) {}

  /** Why events from outside are refused now, so that there is room for Wardround's own; null if they are not. */
  async refusesOutside(): Promise<string | null> {
    return this.isUsed ? this.outside.get() : null;
  }

  /** What is wrong with the data folder; nothing where no database is in it. */
  async health(): Promise<readonly PartHealth[]> {
    if (!this.isUsed) return [];
    return [{ name: 'the data folder', trouble: (await this.own.get()) ?? (await this.outside.get()) }];
  }

  /** With Kafka and PostgreSQL nothing is kept here. */
  private get isUsed(): boolean {
    const { eventLog, views } = this.settings.engines;
    return eventLog === 'sqlite' || views === 'sqlite';
  }

  private async lookForOutside(): Promise<string | null> {
    const { dataFolder } = this.settings;
    try {
      return outsideRefusal(dataFolder, await diskSpace(dataFolder));
    } catch (error) {
      return `the data folder ${dataFolder} cannot be read: ${describeError(error)}`;
    }
  }

  /** By writing: a quota, a right, or a file system that has become read-only is seen by nothing else. */
  private async lookForOwn(): Promise<string | null> {
    const { dataFolder } = this.settings;
    const space = await diskSpace(dataFolder).catch(() => null);
    if (space && space.freeBytes < neededBytes) return this.text('full', space);
    try {
      tryToWrite(dataFolder, neededBytes);
      return null;
    } catch (error) {
      const fault = writeFaultOf(error);
      if (fault !== null) return this.text(fault, space);
      return `nothing can be written to the data folder ${dataFolder}: ${describeError(error)}`;
    }
  }

  private text(fault: Parameters<typeof writeFaultText>[0], space: DiskSpace | null): string {
    const { dataFolder: folder, user } = this.settings;
    return writeFaultText(fault, { folder, user, space, neededBytes }).message;
  }
}

/** What was found lately, found again when it is older. */
class Held {
  private at = -Infinity;
  private found: Promise<string | null> = Promise.resolve(null);

  constructor(private readonly look: () => Promise<string | null>) {}

  get(): Promise<string | null> {
    if (performance.now() - this.at >= holdsMs) {
      this.at = performance.now();
      this.found = this.look();
    }
    return this.found;
  }
}
