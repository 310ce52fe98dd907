import { createHash } from 'node:crypto';
import type { MadeOfSources } from '../../plugins/sdk/index.js';
import type { Instant } from '../shared/instant.js';
import type { CopiedSource, Suspicion } from './backups.events.js';
import { sharesOf, type BackupJobDefinition, type SourceDefinition } from './job.js';
import type { JobPast } from './job-directory.service.js';
import { jumpText, notAgreed } from '../clock/clock-jump.js';
import { agreedAfter, judgeClock, usualGap, type ClockVerdict } from './lived-time.js';
import { dayMs } from './retention.js';
import { longestPlannedGap } from './rhythm.adapter.js';
import type { RunConduct } from './run-conduct.adapter.js';
import { foldersToLookFor, judgeSources, type SourceNow } from './suspicion.js';

/** What a run thinks of itself: whether its sources are those that were meant, and whether the clock can be believed. */
export class Judgement {
  private readonly found: Suspicion[] = [];
  private copied: readonly CopiedSource[] = [];
  /** Between two snapshots at most so much counts as time that has passed. */
  readonly usualMs: number;

  constructor(
    private readonly job: BackupJobDefinition,
    private readonly past: JobPast,
    private readonly conduct: RunConduct,
  ) {
    const now = conduct.clock.now();
    const { starts } = past;
    this.usualMs = usualGap({ plannedMs: longestPlannedGap(job, now), starts, keepMs: job.keep.days * dayMs });
  }

  get suspicions(): readonly Suspicion[] {
    return this.found;
  }

  /** What was copied of each source; empty before that. */
  get sources(): readonly CopiedSource[] {
    return this.copied;
  }

  /** Why nothing may be removed in this run, for people; null if retention may do its work. */
  get whyNothingIsRemoved(): string | null {
    if (isSuspicious(this.found)) return 'No older snapshot is removed, because this run is suspicious';
    if (this.found.length > 0) return 'No older snapshot is removed, because the clock may be wrong';
    return null;
  }

  /** Whether a snapshot is of a run that was suspicious and that no person has accepted. */
  isDoubtful(snapshot: string): boolean {
    return this.past.doubtful.has(snapshot);
  }

  /** Folders that the file engine looks for while it scans. */
  get lookFor(): readonly string[] {
    return foldersToLookFor(this.past.baseline);
  }

  ofClock(): void {
    for (const text of this.clockTexts()) {
      this.found.push({ source: null, kind: 'clock', text });
      this.conduct.say(text, { level: 'warning' });
    }
  }

  /** A jump that was seen says more than what the runs show of it. */
  private clockTexts(): readonly string[] {
    const { starts, startsSinceConfirmed, clockJumps } = this.past;
    const jumps = notAgreed(clockJumps, this.conduct.clock.now(), agreedAfter(this.usualMs));
    if (jumps.length > 0) {
      return jumps.map(
        (jump) => `On ${jump.computer}, ${jumpText(jump)}. Check the date, then run "wardround clock confirm"`,
      );
    }
    const verdict = judgeClock(starts.slice(-startsSinceConfirmed), this.usualMs);
    return verdict.clock === 'agrees' ? [] : [clockText(verdict)];
  }

  ofSources({ sources, found }: MadeOfSources): void {
    const now = sources.map((counted): SourceNow => {
      const { source: name, files, bytes, scannedFiles, places } = counted;
      return { name, definition: fingerprint(this.job.sources, name), files, bytes, scannedFiles, places };
    });
    this.copied = now.map(({ name, definition, files, bytes, places }) => ({
      ...{ name, definition, files, bytes },
      places: places.map(({ isThere: _judged, ...place }) => place),
    }));
    const folders = new Set(found);
    const odd = judgeSources(now, this.past.baseline, sharesOf(this.job), (path) => folders.has(path));
    for (const { text } of odd) this.conduct.say(text, { level: 'error' });
    this.found.push(...odd);
  }
}

/** Whether a run with these is suspicious: an odd clock alone leaves its copies as good as they are. */
export function isSuspicious(suspicions: readonly Suspicion[]): boolean {
  return suspicions.some(({ kind }) => kind !== 'clock');
}

function clockText(verdict: Exclude<ClockVerdict, { clock: 'agrees' }>): string {
  const from = momentText(verdict.from);
  const to = momentText(verdict.to);
  const gap = `${daysText(verdict.to - verdict.from)} (${from} to ${to})`;
  switch (verdict.clock) {
    case 'leapt':
      return `The clock is ${gap} ahead of the previous run: the computer was off, or its clock jumped. Check the date of the computer`;
    case 'set-back':
      return `The clock is ${gap} behind the previous run: it is wrong now, or was wrong then. Check the date of the computer`;
    case 'agreed-too-recently':
      return `The clock moved by ${gap} between two of the last runs. Check the date of the computer`;
  }
}

function daysText(ms: number): string {
  const hours = Math.abs(ms) / 3_600_000;
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24).toLocaleString('en')} days`;
}

function momentText(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}

/** The same for every definition that says the same. */
function fingerprint(definitions: readonly SourceDefinition[], source: string): string {
  const definition = definitions.find(({ name }) => name === source);
  const text = JSON.stringify([definition?.plugin, sortedKeys(definition?.parameters)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sortedKeys(inner)]);
}
