import { resolve } from 'node:path';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import type { Work } from './command.js';
import type { ExitCode } from './exit-codes.js';
import { Interruption } from './interruption.adapter.js';
import { worksUnread } from './outputs.adapter.js';
import type { OpenWardround, Place } from './in-process.js';
import { whenNpmIsGone } from './starter.adapter.js';
import { terminalOn, type Stream, type Terminal } from './terminal.js';

/** The program's own options, which every command has. */
export interface GlobalOptions {
  readonly config: string;
  readonly data: string;
  readonly port: number;
  readonly json?: true;
  readonly color: boolean;
  readonly verbose?: true;
}

/** Where a program writes. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/** How a command wants to be run. */
export interface How {
  readonly interruption?: Interruption;
  /** Where no process runs: whether to apply the configuration file first, as `start` does. */
  readonly applyConfiguration?: boolean;
  /** It only prints what it finds: it ends when no one reads that. */
  readonly onlyAnswers?: boolean;
  /** What only looks needs something to look at, and leaves all as it is. */
  readonly onlyLooks?: boolean;
}

/** What opens a Wardround in this process. */
function opener({ color }: GlobalOptions): OpenWardround {
  return async (options) => (await import('../main.js')).openWardround({ ...options, colour: color });
}

/** Does what a command asks of a Wardround: of the one that runs on the data folder, else of one of its own. */
export async function connected(
  options: GlobalOptions,
  streams: Streams,
  command: (work: Work) => Promise<ExitCode>,
  { interruption = Interruption.plain(), applyConfiguration = false, onlyLooks = false, onlyAnswers = false }: How,
): Promise<ExitCode> {
  if (!onlyAnswers) worksUnread();
  const { connect } = await import('./connect.adapter.js');
  const client = await connect(placeOf(options), opener(options), { applyConfiguration, onlyLooks });
  interruption.begin(client.transport.kind);
  try {
    return await command({
      client,
      terminal: terminalOf(options, streams),
      json: options.json === true,
      timeZone: ownTimeZone(),
      interrupted: interruption.signal,
      now: () => Date.now(),
      pause: (ms) => interruption.pause(ms),
    });
  } finally {
    interruption.end();
    await client.transport.close();
  }
}

/** Is the Wardround of the data folder, until it is interrupted. */
export async function startHere(options: GlobalOptions, streams: Streams): Promise<ExitCode> {
  worksUnread();
  const { start } = await import('./commands/start.adapter.js');
  const interruption = Interruption.ends();
  interruption.begin('process');
  const stopWatching = whenNpmIsGone(process.env, () => interruption.interrupt());
  const terminal = terminalOf(options, streams);
  const reading = { now: Date.now(), timeZone: ownTimeZone(), paint: terminal.paint };
  try {
    return await start(opener(options), {
      ...placeOf(options),
      terminal,
      json: options.json === true,
      reading,
      interrupted: interruption.signal,
    });
  } finally {
    stopWatching();
    interruption.end();
  }
}

/** Carries a log to another engine. */
export async function copyHere(
  options: GlobalOptions,
  { from, to, dryRun = false }: { readonly from: string; readonly to: string; readonly dryRun?: boolean },
  streams: Streams,
): Promise<ExitCode> {
  const [{ logPlace }, { logCopy }] = await Promise.all([
    import('./log-place.js'),
    import('./commands/log-copy.adapter.js'),
  ]);
  worksUnread();
  const { configFile, dataFolder } = placeOf(options);
  const places = { from: logPlace(from, configFile), to: logPlace(to, configFile) };
  const interruption = Interruption.ends();
  interruption.begin('alone');
  try {
    return await logCopy({
      ...places,
      ...{ dryRun, dataFolder, json: options.json === true },
      ...{ terminal: terminalOf(options, streams), colour: options.color },
      interrupted: interruption.signal,
      now: () => performance.now(),
    });
  } finally {
    interruption.end();
  }
}

function placeOf({ config, data, port }: GlobalOptions): Place {
  return { configFile: resolve(config), dataFolder: resolve(data), port };
}

function terminalOf({ color }: GlobalOptions, { stdout, stderr }: Streams): Terminal {
  return terminalOn(stdout, stderr, color && !process.env['NO_COLOR']);
}
