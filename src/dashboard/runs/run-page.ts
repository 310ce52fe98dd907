import type { ProtocolLine } from '../../backups/backups.events.js';
import type { RunRow } from '../../backups/views/runs/runs.entity.js';
import { count, type Count, type Here } from '../humanise.js';
import { href } from '../lists.js';
import { lineCard, runCard, type LineCard, type RunCard, type RunTitles } from './run-card.js';

/** So many lines of a protocol are shown at once: the newest, and by links the older ones. */
export const linesPerPage = 500;

export interface RunPage {
  readonly run: RunCard;
  /** Whether it can be done again from here. */
  readonly startable: boolean;
  readonly lines: readonly LineCard[];
  readonly allLines: Count;
  /** True where the newest lines are shown: that part grows while the run continues. */
  readonly newest: boolean;
  readonly firstNumber: string;
  readonly lastNumber: string;
  /** Empty where there is nothing older, or newer. */
  readonly olderHref: string;
  readonly newerHref: string;
}

/** Which lines a part of the protocol holds: up to number `last`, and so many before it. `total` counts from 1. */
export function linesShown(upTo: number | null, total: number): { readonly after: number; readonly last: number } {
  const last = upTo === null ? total : Math.min(Math.max(1, Math.floor(upTo)), total);
  return { after: Math.max(0, last - linesPerPage), last };
}

export function runPage(
  rows: {
    readonly run: RunRow;
    readonly titles: RunTitles;
    readonly verified: readonly string[];
    readonly lines: readonly ProtocolLine[];
    /** How many lines there are in all. */
    readonly total: number;
  },
  here: Here,
): RunPage {
  const { run, titles, verified, lines, total } = rows;
  const first = lines[0]?.number ?? 0;
  const last = lines.at(-1)?.number ?? 0;
  const path = `/runs/${encodeURIComponent(run.runId)}`;
  const newest = last >= total;
  const newerLast = last + linesPerPage;
  return {
    run: runCard(run, titles, verified, here),
    startable: here.duties.runsBackups,
    lines: lines.map((line) => lineCard(line, here)),
    allLines: count(total, here),
    newest,
    firstNumber: count(first, here).text,
    lastNumber: count(last, here).text,
    olderHref: first > 1 ? href(path, { upTo: String(first - 1) }) : '',
    newerHref: newest ? '' : href(path, newerLast >= total ? {} : { upTo: String(newerLast) }),
  };
}
