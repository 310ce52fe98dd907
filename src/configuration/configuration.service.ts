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
import { definitionsIn, difference, type Conflict, type Difference } from '../definitions/difference.js';
import { managerText } from '../definitions/managed-by.js';
import { ownFileOf, type FileIdentity, type OwnFile } from '../definitions/own-file.js';
import { pathText, type ConfigurationProblem } from '../definitions/checking/problem.js';
import type { ReadConfiguration } from './read-configuration.js';
import { changedSinceStart } from './process-settings.js';

export interface ApplyRequest {
  /** True: only say what would change. */
  readonly dryRun: boolean;
  /** True: what other files manage is taken from them, as far as this one states it. */
  readonly takeOver: boolean;
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
   * Reads the file again and appends the difference to what is defined; one call after the other, over all processes of
   * the installation. It resolves when the views show the change and all listeners have heard of it. A wrong file
   * changes nothing.
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

  private async applyNow(request: ApplyRequest): Promise<ApplyReport> {
    const { dryRun } = request;
    const { configFile: file } = this.settings;
    const dataFolder = dutiesOf(this.settings).runsBackups ? this.settings.dataFolder : null;
    const read = await readConfigurationFile(file, this.plugins, { now: this.clock.now(), dataFolder });
    this.found = read.right ? [] : read.problems;
    const found = [...configurationWarnings(file), ...(read.right ? read.notes : [])];
    const warnings = found.length === 0 ? {} : { warnings: found };
    const refused = (problems: readonly ConfigurationProblem[]): ApplyReport => {
      return { outcome: 'refused', dryRun, file, changes: [], restart: [], ...warnings, problems: [...problems] };
    };
    if (!read.right) return refused(read.problems);
    const { changes, conflicts } = await this.change(read.configuration, request);
    this.found = conflicts.map((conflict) => conflictProblem(conflict, read));
    if (conflicts.length > 0) return refused(this.found);
    const notes = read.meanings.length === 0 ? {} : { notes: [...read.meanings] };
    return {
      outcome: changes.length === 0 ? 'unchanged' : 'applied',
      dryRun,
      file,
      changes: [...changes],
      restart: [...changedSinceStart(this.settings.startedWith, read.configuration)],
      ...warnings,
      ...notes,
      problems: [],
    };
  }

  private async change(configuration: Configuration, { dryRun, takeOver, actor }: ApplyRequest): Promise<Difference> {
    const { site } = configuration;
    const stated = definitionsIn(allKinds, site, configuration);
    const defined = await this.definedNow.definitions();
    const identity = await this.definedNow.fileIdentity();
    const own = ownFileOf(identity, defined, stated);
    const stating = { site, actor, now: this.clock.now() };
    const made = difference(allKinds, defined, stated, stating, { ...own, takesOver: takeOver });
    if (dryRun || made.conflicts.length > 0) return made;
    await this.remember(own, identity);
    if (made.events.length === 0) return made;
    await this.log.append(made.events);
    await this.definedNow.definitions();
    for (const listener of this.listeners) await listener();
    return made;
  }

  /** What follows from the log and the data folder alone need not be remembered. */
  private async remember(
    { manager }: OwnFile,
    { remembered, log, installation, isShared }: FileIdentity,
  ): Promise<void> {
    const isGiven = manager.id === (remembered ?? (isShared ? installation : log));
    if (!isGiven) await this.definedNow.rememberFile(manager.id);
  }
}

/** What the file states otherwise than the one that manages it. */
function conflictProblem(
  { stated, defined }: Conflict,
  { locate }: Extract<ReadConfiguration, { readonly right: true }>,
): ConfigurationProblem {
  const title = allKinds.find(({ name }) => name === stated.kind)?.title ?? stated.kind;
  const { managedBy } = defined;
  const takeOver =
    managedBy.kind === 'file' ? ', or have this file manage it from now on with `wardround apply --take-over`' : '';
  return {
    ...locate(stated.path),
    path: pathText(stated.path),
    message: `the ${title} "${stated.name}" is managed by ${managerText(managedBy)}, and is not defined like this there`,
    advice: `Change it there, or take it out of this file${takeOver}`,
  };
}
