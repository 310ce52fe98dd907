import { newHash } from '../../event-log/log-copy.adapter.js';
import {
  copyMissing,
  differencesOf,
  eventsIn,
  refuseOtherEvents,
  surveyOf,
  type CopiedLog,
  type LogState,
  type TargetLog,
} from '../../event-log/log-copy.js';
import { WardroundError } from '../../shared/errors.js';
import { logToStderr } from '../../shared/logger.adapter.js';
import { countText } from '../../shared/quantity.js';
import { CopyDisplay } from '../copy-display.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import type { LogPlace } from '../log-place.js';
import { locate, openSource, openTarget, type Located, type Side } from '../log-sides.adapter.js';
import { jsonDocument, lines, type Terminal } from '../terminal.js';

export interface LogCopyOptions {
  readonly from: LogPlace;
  readonly to: LogPlace;
  readonly dryRun: boolean;
  /** Absolute. */
  readonly dataFolder: string;
  readonly json: boolean;
  readonly terminal: Terminal;
  /** False for log lines without colours, also in a terminal. */
  readonly colour: boolean;
  /** Fires when someone wants it to end. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since some moment. */
  now(): number;
}

const eventsPerAppend = 1_000;

class Interrupted extends Error {}

/** `wardround log copy`: carries a log to another engine, and compares both at the end. @throws WardroundError */
export async function logCopy(options: LogCopyOptions): Promise<ExitCode> {
  logToStderr(options.colour);
  const [from, to] = [await locate(options.from, options.dataFolder), await locate(options.to, options.dataFolder)];
  if (from.name === to.name) throw new WardroundError('bad-request', `${from.name} is both the source and the target`);
  const { dataFolder, terminal } = options;
  const source = await openSource(from, { dataFolder, tell: (text) => terminal.error(`${text}\n`) });
  try {
    return options.dryRun ? await look(options, source, to) : await copyTo(options, source, to);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    options.terminal.error(`Stopped. The copied events stay in ${to.name}: run the same command again to continue.\n`);
    return exitCodes.interrupted;
  } finally {
    await source.close();
  }
}

/** A dry run opens nothing that opening would make. */
async function look(
  { terminal, json, dryRun }: LogCopyOptions,
  source: Side<CopiedLog>,
  to: Located,
): Promise<ExitCode> {
  const state = await surveyOf(source.log, newHash);
  const report = { dryRun, from: source.name, to: to.name, events: eventsIn(state), keys: state.size };
  const text = `${extent(state)} of ${source.name} would be copied to ${to.name}. Run the command without --dry-run to copy them.`;
  terminal.out(json ? jsonDocument(report) : lines([text]));
  return exitCodes.good;
}

async function copyTo(options: LogCopyOptions, source: Side<CopiedLog>, to: Located): Promise<ExitCode> {
  const target = await openTarget(to, options.dataFolder);
  try {
    return await copy(options, source, target);
  } finally {
    await target.close();
  }
}

async function copy(options: LogCopyOptions, source: Side<CopiedLog>, target: Side<TargetLog>): Promise<ExitCode> {
  const { terminal, json, dryRun, interrupted, now } = options;
  const display = new CopyDisplay(terminal, json, now);
  const watched = { read: () => reading(source.log, interrupted) };
  display.say(`Checking the contents of ${target.name}`);
  const held = await surveyOf(target.log, newHash);
  if (held.size > 0) await refuseOtherEvents(watched, held, newHash);
  display.say(held.size === 0 ? 'Copying' : `Resuming after ${extent(held)} copied earlier`);
  await target.log.becomeCopyOf(await source.log.identity());
  const found = eventsIn(held);
  const copied = await copyMissing({
    ...{ source: watched, target: target.log, held, newHash, eventsPerAppend },
    onProgress: (progress) => display.show(progress),
    check: () => throwIfEnded(interrupted),
  });
  display.say('Comparing');
  const differences = differencesOf(copied, await surveyOf(target.log, newHash));
  if (differences.length > 0) throw different(source.name, target.name, differences);
  const events = eventsIn(copied);
  const report = {
    dryRun,
    from: source.name,
    to: target.name,
    events,
    keys: copied.size,
    copied: events - found,
    found,
  };
  const same = `${extent(copied)}: ${target.name} is identical to ${source.name}: same events, same order, no duplicates.`;
  terminal.out(json ? jsonDocument({ ...report, verified: true }) : lines([same]));
  return exitCodes.good;
}

async function* reading(log: CopiedLog, interrupted: AbortSignal) {
  for await (const events of log.read()) {
    throwIfEnded(interrupted);
    yield events;
  }
}

function throwIfEnded(interrupted: AbortSignal): void {
  if (interrupted.aborted) throw new Interrupted();
}

function extent(state: LogState): string {
  return `${countText(eventsIn(state), 'event')} under ${countText(state.size, 'key')}`;
}

function different(source: string, target: string, differences: readonly string[]): WardroundError {
  const shown = differences.slice(0, 10);
  const more = differences.length - shown.length;
  return new WardroundError(
    'verification-failed',
    [`${target} differs from ${source}:`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n  '),
    'Did another program write to one of them? Stop it, and copy into an empty log',
  );
}
