import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EventOf } from '../event-log/event-types.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { PLUGIN_HOST, type PluginHost } from '../plugin-host/plugin-host.js';
import type { Address } from '../shared/address.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import { durationSeconds } from '../shared/schedule.js';
import { TimetableService } from '../timetable/timetable.service.js';
import type { CheckupDefinition } from './checkup.js';
import { checkupCompleted } from './checkups.events.js';
import { recordedResult, type Finding } from './recorded-result.js';

/** The first check-ups begin soon after the start, one after the other, not all at once. */
const spreadMs = 250;

/** A check-up as it is defined now. */
export interface PlannedCheckup extends Address {
  readonly definition: CheckupDefinition;
}

/** One that is run here. The others have no plugin: their results come from outside. */
interface RunCheckup extends PlannedCheckup {
  readonly definition: CheckupDefinition & { readonly plugin: string };
}

export type CompletedCheckup = EventOf<typeof checkupCompleted>['data'];

/** Runs check-ups at their times and on demand, each at most once at a time, and records what they found. */
@Injectable()
export class CheckupsService {
  private readonly logger = new Logger('Check-ups');
  private planned = new Map<string, PlannedCheckup>();
  /** What each scheduled check-up was scheduled by: one that has not changed keeps its timer. */
  private readonly scheduled = new Map<string, string>();
  private readonly inHand = new Map<string, Promise<CompletedCheckup>>();
  private readonly stopping = new AbortController();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PLUGIN_HOST) private readonly host: PluginHost,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TimetableService) private readonly timetable: TimetableService,
  ) {}

  /** From now on these are the check-ups there are, to be run on demand. */
  use(checkups: readonly PlannedCheckup[]): void {
    this.planned = new Map(checkups.map((checkup) => [idOf(checkup), checkup]));
  }

  /** Runs them at their times too. Call it again whenever {@link use} was. */
  follow(): void {
    const run = [...this.planned].filter(([, checkup]) => isRunHere(checkup));
    const wanted = new Set(run.map(([id]) => id));
    for (const id of [...this.scheduled.keys()].filter((scheduled) => !wanted.has(scheduled))) {
      this.timetable.unschedule(entryName(id));
      this.scheduled.delete(id);
    }
    let place = 0;
    for (const [id, { definition }] of run) {
      const by = JSON.stringify(definition);
      if (this.scheduled.get(id) === by) continue;
      this.scheduled.set(id, by);
      this.schedule(id, definition, ++place * spreadMs);
    }
  }

  /**
   * Runs one now and resolves with its result, once that is in the log. If it is running already, that run counts.
   * @param id `<site>.<server>.<checkup>`
   * @throws WardroundError `not-found`; `conflict` if it has no plugin
   */
  async runNow(id: string, actor: string): Promise<CompletedCheckup> {
    const checkup = this.planned.get(id);
    if (checkup) {
      if (isRunHere(checkup)) return this.run(id, checkup, 'person', actor);
      const advice = 'Run the probe that sends its results, or add a plugin to its definition';
      throw new WardroundError('conflict', `the check-up ${id} has no plugin to run`, advice);
    }
    const known = [...this.planned.keys()].join(', ');
    throw new WardroundError(
      'not-found',
      `there is no check-up "${id}"`,
      known ? `The check-ups are ${known}` : 'None is defined',
    );
  }

  /** Ends what runs, and waits for it. What was cut off is not recorded: no one looked. */
  async stop(): Promise<void> {
    this.stopping.abort(new WardroundError('cancelled', 'Wardround is stopping'));
    await Promise.allSettled(this.inHand.values());
  }

  private schedule(id: string, definition: CheckupDefinition, firstInMs: number): void {
    const onDue = async () => {
      const checkup = this.planned.get(id);
      if (checkup && isRunHere(checkup) && !this.stopping.signal.aborted)
        await this.run(id, checkup, 'timetable', 'timetable');
    };
    const { every, at, timeZone } = definition;
    if (every !== undefined)
      this.timetable.scheduleEvery(entryName(id), durationSeconds(every) * 1000, firstInMs, onDue);
    else if (at !== undefined) this.timetable.schedule(entryName(id), { at, timeZone }, this.clock.now(), onDue);
  }

  private run(
    id: string,
    checkup: RunCheckup,
    trigger: CompletedCheckup['trigger'],
    actor: string,
  ): Promise<CompletedCheckup> {
    const running = this.inHand.get(id);
    if (running) {
      if (trigger === 'timetable') this.logger.warn(`${id} is still running and was not started again`);
      return running;
    }
    const run = this.lookAndRecord(checkup, trigger, actor).finally(() => this.inHand.delete(id));
    this.inHand.set(id, run);
    return run;
  }

  private async lookAndRecord(
    { site, server, name, definition }: RunCheckup,
    trigger: CompletedCheckup['trigger'],
    actor: string,
  ): Promise<CompletedCheckup> {
    let began = this.clock.now();
    const onStart = () => {
      began = this.clock.now();
    };
    const lines: string[] = [];
    const result = recordedResult(await this.look({ site, server, name }, definition, lines, onStart), lines);
    const now = this.clock.now();
    const key = serverKey(site, server);
    const data = {
      ...{ site, server, checkup: name, plugin: definition.plugin, trigger },
      ...result,
      durationMs: Math.max(0, now - began),
    };
    const about = { source: key, subject: `${key}/checkups/${name}`, partitionkey: key, now, actor };
    await this.log.append([fact(checkupCompleted, { ...about, data })]);
    return data;
  }

  /** Whatever keeps a check-up from looking is a result too: no one knows how things are, and why. */
  private async look(
    address: Address,
    { plugin, parameters, timeout }: RunCheckup['definition'],
    lines: string[],
    onStart: () => void,
  ): Promise<Finding> {
    const { signal } = this.stopping;
    const timeoutMs = durationSeconds(timeout) * 1000;
    try {
      return await this.host.call({
        kind: 'checkup',
        plugin,
        operation: 'run',
        parameters,
        input: { address },
        timeoutMs,
        signal,
        onStart,
        onLine: ({ text }) => lines.push(text),
      });
    } catch (error) {
      signal.throwIfAborted();
      return { status: 'unknown', summary: describeError(error) };
    }
  }
}

function isRunHere(checkup: PlannedCheckup): checkup is RunCheckup {
  return checkup.definition.plugin !== undefined;
}

function idOf({ site, server, name }: Address): string {
  return `${site}.${server}.${name}`;
}

function entryName(id: string): string {
  return `check-up ${id}`;
}
