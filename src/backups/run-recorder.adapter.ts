import { Logger } from '@nestjs/common';
import { fact } from '../event-log/statement.js';
import type { NewEvent } from '../event-log/envelope.js';
import type { EventLog } from '../event-log/event-log.js';
import { describeError, WardroundError } from '../shared/errors.js';
import type { Clock, Instant } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import type { z } from 'zod';
import { backupLogged, backupProgressed, type ProtocolLine } from './backups.events.js';
import { isOneOf } from '../event-log/event-types.js';
import { sleep } from '../shared/sleep.adapter.js';
import { countText } from '../shared/quantity.js';
import { noNote, type Lost, type UnrecordedNote } from './unrecorded.adapter.js';
import { Protocol, inChunks, type LineParts } from './protocol.js';

const flushEveryMs = 300;
const pauseAfterFailureMs = 1000;

export interface RunIdentity {
  readonly site: string;
  readonly server: string;
  readonly job: string;
  readonly runId: string;
}

/** The subject of all events of a run. */
export function runSubject({ site, server, job, runId }: RunIdentity): string {
  return `${serverKey(site, server)}/backups/${job}/runs/${runId}`;
}

type ProgressData = Omit<z.input<(typeof backupProgressed)['data']>, keyof RunIdentity>;

/**
 * Writes what a run does into the event log: facts at once, protocol lines and progress gathered for a moment. While the
 * log cannot take events it keeps them and tries again, in order; the run itself continues.
 */
export class RunRecorder {
  private readonly logger = new Logger('Backups');
  private readonly protocol: Protocol;
  private waiting: NewEvent[] = [];
  private lines: ProtocolLine[] = [];
  private progress: ProgressData | null = null;
  private readonly timer: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();
  private gaveUp = false;
  private pausing: AbortController | null = null;
  private lost: Lost = { lines: 0, facts: 0 };

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly run: RunIdentity,
    private readonly who: { readonly computer: string; readonly user: string; readonly actor: string },
    private readonly unrecorded: UnrecordedNote = noNote,
  ) {
    this.protocol = new Protocol(who.computer, who.user);
    this.timer = setInterval(() => void this.flush(), flushEveryMs);
  }

  /** How many lines are warnings so far, those that were omitted included. */
  get warnings(): number {
    return this.protocol.warnings;
  }

  line(step: string, text: string, parts: LineParts = {}): void {
    const line = this.protocol.line(this.clock.now(), step, text, parts);
    if (line) this.lines.push(line);
  }

  /** Only the newest progress counts; it is written a few times a second. */
  progressed(progress: ProgressData): void {
    this.progress = progress;
  }

  /** What every event of the run has in common. */
  about(): { source: string; subject: string; partitionkey: string; now: Instant; actor: string } {
    const key = serverKey(this.run.site, this.run.server);
    return {
      source: key,
      subject: runSubject(this.run),
      partitionkey: key,
      now: this.clock.now(),
      actor: this.who.actor,
    };
  }

  /** States a fact of the run, behind all lines before it; resolves when it is durable. */
  state(event: NewEvent): Promise<void> {
    this.gather();
    this.waiting.push(event);
    return this.flush();
  }

  /** States the last fact of the run. */
  async end(event: NewEvent): Promise<void> {
    await this.state(event);
    if (!this.gaveUp) this.unrecorded.remove();
  }

  /** Resolves when everything stated so far is durable, or given up. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.append());
    return this.writing;
  }

  /** Says if lines were omitted, and resolves when all is durable. */
  async close(step: string): Promise<void> {
    const closing = this.protocol.closing(this.clock.now(), step);
    if (closing) this.lines.push(closing);
    clearInterval(this.timer);
    await this.flush();
  }

  /**
   * Tries no longer to write what the log does not take: Wardround ends. What is lost by that is said on stderr, and the next
   * start says it of the run.
   */
  giveUp(): void {
    this.gaveUp = true;
    this.pausing?.abort();
    clearInterval(this.timer);
  }

  /** Ends without writing anything more: for a run that could not begin. */
  discard(): void {
    clearInterval(this.timer);
    this.unrecorded.remove();
  }

  private async append(): Promise<void> {
    this.gather();
    while (this.waiting.length > 0) {
      if (this.gaveUp) return this.loseTheRest();
      try {
        await this.appendFirst(this.waiting.slice());
      } catch (error) {
        this.logger.error(`${this.run.job}: the run's events cannot be written at the moment: ${describeError(error)}`);
        if (this.gaveUp) return this.loseTheRest();
        this.pausing = new AbortController();
        await sleep(pauseAfterFailureMs, this.pausing.signal);
        this.pausing = null;
      }
    }
  }

  /** An event that the log refuses would be refused forever: it is omitted, loudly, so that the run's end is told. */
  private async appendFirst(batch: readonly NewEvent[]): Promise<void> {
    try {
      await this.log.append(batch);
    } catch (error) {
      if (!(error instanceof WardroundError) || error.code !== 'event-invalid') throw error;
      if (batch.length > 1) {
        for (const event of batch) await this.appendFirst([event]);
        return;
      }
      this.logger.error(`${this.run.job}: an event of the run was dropped: ${describeError(error)}`);
    }
    this.waiting = this.waiting.slice(batch.length);
  }

  private loseTheRest(): void {
    const lost = lostIn(this.waiting);
    this.waiting = [];
    this.lost = { lines: this.lost.lines + lost.lines, facts: this.lost.facts + lost.facts };
    if (lost.lines + lost.facts === 0) return;
    this.logger.error(
      `${this.run.job}: ${countText(lost.lines, 'line')} of the protocol and ${countText(lost.facts, 'fact')} of the run could not be recorded before Wardround ended`,
    );
    this.unrecorded.keep(this.lost);
  }

  private gather(): void {
    for (const lines of inChunks(this.lines)) {
      this.waiting.push(fact(backupLogged, { ...this.about(), data: { ...this.run, lines } }));
    }
    this.lines = [];
    if (this.progress) {
      this.waiting.push(fact(backupProgressed, { ...this.about(), data: { ...this.run, ...this.progress } }));
    }
    this.progress = null;
  }
}

/** Progress is no loss: it counts only while a run continues. */
function lostIn(events: readonly NewEvent[]): Lost {
  const lines = events.reduce((sum, event) => sum + (isOneOf(event, [backupLogged]) ? event.data.lines.length : 0), 0);
  const facts = events.filter((event) => !isOneOf(event, [backupLogged, backupProgressed])).length;
  return { lines, facts };
}
