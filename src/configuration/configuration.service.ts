import { Inject, Injectable } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { PLUGIN_HOST, type PluginHost } from '../plugin-host/plugin-host.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { SerialQueue } from '../shared/serial-queue.js';
import { dutiesOf } from '../shared/duties.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import type { ApplyReport } from './apply-report.js';
import type { Configuration } from './configuration-file.js';
import { configurationWarnings } from './configuration-rights.adapter.js';
import { readConfigurationFile } from './configuration-reader.adapter.js';
import { DEFINED_NOW, type DefinedNow } from './defined-now.js';
import { allKinds } from '../capabilities.js';
import { definitionsIn, difference } from '../definitions/difference.js';
import type { ConfigurationProblem } from '../definitions/checking/problem.js';
import { changedSinceStart } from './process-settings.js';

export interface ApplyRequest {
  /** True: only say what would change. */
  readonly dryRun: boolean;
  /** `configuration` at the start, `cli:<user>`, `board`, `api`. */
  readonly actor: string;
}

/** Makes what the configuration file states what is defined. */
@Injectable()
export class ConfigurationService {
  private found: readonly ConfigurationProblem[] = [];
  private readonly listeners = new Set<() => void | Promise<void>>();
  private readonly queue = new SerialQueue();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PLUGIN_HOST) private readonly plugins: PluginHost,
    @Inject(DEFINED_NOW) private readonly definedNow: DefinedNow,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Reads the file anew and appends the difference to what is defined; one call after the other, over all processes of the
   * installation. It resolves when the views show the change and all listeners have heard of it. A wrong file changes nothing.
   * @throws WardroundError `configuration-invalid` if there is no file or it cannot be read.
   */
  apply(request: ApplyRequest): Promise<ApplyReport> {
    return this.queue.run(() => this.definedNow.exclusively(() => this.applyNow(request)));
  }

  /** What was wrong with the file when it was last read; empty if nothing. */
  problems(): readonly ConfigurationProblem[] {
    return this.found;
  }

  /**
   * Calls the listener each time that definitions have changed, after the views show it.
   * @returns a function that ends the listening.
   */
  onApplied(listener: () => void | Promise<void>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async applyNow({ dryRun, actor }: ApplyRequest): Promise<ApplyReport> {
    const { configFile: file } = this.settings;
    const dataFolder = dutiesOf(this.settings).runsBackups ? this.settings.dataFolder : null;
    const read = await readConfigurationFile(file, this.plugins, { now: this.clock.now(), dataFolder });
    this.found = read.right ? [] : read.problems;
    const found = [...configurationWarnings(file), ...(read.right ? read.notes : [])];
    const warnings = found.length === 0 ? {} : { warnings: found };
    if (!read.right)
      return { outcome: 'refused', dryRun, file, changes: [], restart: [], ...warnings, problems: [...read.problems] };
    const changes = await this.change(read.configuration, { dryRun, actor });
    return {
      outcome: changes.length === 0 ? 'unchanged' : 'applied',
      dryRun,
      file,
      changes: [...changes],
      restart: [...changedSinceStart(this.settings.startedWith, read.configuration)],
      ...warnings,
      problems: [],
    };
  }

  private async change(configuration: Configuration, { dryRun, actor }: ApplyRequest): Promise<ApplyReport['changes']> {
    const { site } = configuration;
    const stated = definitionsIn(allKinds, site, configuration);
    const stating = { site, actor, now: this.clock.now() };
    const { events, changes } = difference(allKinds, await this.definedNow.definitions(), stated, stating);
    if (dryRun || events.length === 0) return [...changes];
    await this.log.append(events);
    await this.definedNow.definitions();
    for (const listener of this.listeners) await listener();
    return [...changes];
  }
}
