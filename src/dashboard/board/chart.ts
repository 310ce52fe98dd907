import type { CheckupStatus } from '../../checkups/checkup.js';
import type { Metric } from '../../checkups/checkups.events.js';
import type { Instant } from '../../shared/instant.js';
import { highest, lowest } from '../../shared/extremes.js';
import { carryOver, chartSlotMs, chartSpanMs, slots, slotsOf, type ChartResult, type Slot } from './chart-slots.js';
import { metricText } from '../humanise.js';
import { boundsOf } from './nagios-range.js';

/** A small SVG of the last day. All coordinates are texts for attributes, in the units of the view box. */
export interface Chart {
  readonly width: string;
  readonly height: string;
  /** The line, with a gap where no one looked; empty if there is no number to draw. */
  readonly line: string;
  /** What is below the line, closed at the bottom. */
  readonly area: string;
  /** The newest value, a path of no length that a round line cap makes a dot. */
  readonly dot: string;
  readonly bounds: readonly { readonly level: 'warning' | 'critical'; readonly y: string }[];
  /** The lowest and highest value, for those who do not see it; null if there is no number to draw. */
  readonly range: { readonly low: string; readonly high: string } | null;
  /** Spans along the foot in which the status was not ok, or no one looked. */
  readonly spans: readonly {
    readonly status: Exclude<CheckupStatus, 'ok'>;
    readonly x: string;
    readonly width: string;
  }[];
}

const width = 240;
const height = 56;
/** Above the line's highest point, and below its lowest, where the strip of states is. */
const top = 4;
const foot = 48;

/** The end of the slot that `now` is in: the right edge of the chart. */
export function chartEnd(now: Instant): Instant {
  return Math.ceil((now + 1) / chartSlotMs) * chartSlotMs;
}

/**
 * @param results of one check-up, oldest first
 * @param metric what is drawn: the name of one of its metrics; null draws the states alone
 * @param everyMs how far apart results are meant to be: a quiet stretch much longer than that is a gap
 */
export function drawChart(
  results: readonly ChartResult[],
  metric: Metric | null,
  { now, everyMs, locale }: { readonly now: Instant; readonly everyMs: number; readonly locale: string },
): Chart {
  const found = slotsOf(results, metric?.name ?? null, chartEnd(now) - chartSpanMs);
  const carried = carryOver(found, Math.ceil((everyMs * 2) / chartSlotMs));
  const scale = scaleOf(found, metric);
  const runs = metric === null ? [] : unbroken(carried);
  const last = runs.at(-1)?.at(-1);
  return {
    width: String(width),
    height: String(height),
    line: runs.map((run) => path(run, scale)).join(''),
    area: runs.map((run) => closed(run, scale)).join(''),
    dot: last ? `M${point(last, scale)}h0` : '',
    bounds: metric === null ? [] : boundLines(metric, scale),
    range: metric === null ? null : rangeOf(results, metric, locale),
    spans: spansOf(carried),
  };
}

function rangeOf(results: readonly ChartResult[], { name, unit }: Metric, locale: string): Chart['range'] {
  const values = results.flatMap(({ metrics }) => {
    const measured = metrics.find((metric) => metric.name === name);
    return measured ? [measured.value] : [];
  });
  if (values.length === 0) return null;
  const said = (value: number): string => metricText(value, unit, { locale });
  return { low: said(lowest(values)), high: said(highest(values)) };
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

function scaleOf(found: readonly Slot[], metric: Metric | null): Scale {
  const values = found.flatMap(({ value }) => (value === null ? [] : [value]));
  if (metric === null) return { low: 0, high: 1 };
  if (metric.unit === '%' && values.every((value) => value >= 0 && value <= 100)) return { low: 0, high: 100 };
  const bounds = [metric.warn, metric.critical].flatMap((range) => (range ? boundsOf(range) : []));
  const most = highest(values, 0);
  // A bound far above all values would press the line flat on the ground: it is omitted from the picture then.
  const shown = bounds.filter((bound) => bound <= most * 3);
  const high = highest(shown, Math.max(most * 1.2, Number.MIN_VALUE));
  return { low: lowest(values, 0), high };
}

interface Dot {
  readonly slot: number;
  readonly value: number;
}

function unbroken(found: readonly Slot[]): Dot[][] {
  const runs: Dot[][] = [];
  let run: Dot[] = [];
  found.forEach(({ value }, slot) => {
    if (value === null) {
      if (run.length > 0) runs.push(run);
      run = [];
    } else run.push({ slot, value });
  });
  if (run.length > 0) runs.push(run);
  return runs;
}

function path(run: readonly Dot[], scale: Scale): string {
  return `M${run.map((dot) => point(dot, scale)).join('L')}${run.length === 1 ? 'h0.1' : ''}`;
}

function closed(run: readonly Dot[], scale: Scale): string {
  const first = run[0];
  const last = run.at(-1);
  return first && last ? `${path(run, scale)}L${x(last.slot)},${foot}L${x(first.slot)},${foot}Z` : '';
}

function point({ slot, value }: Dot, scale: Scale): string {
  return `${x(slot)},${y(value, scale)}`;
}

function x(slot: number): string {
  return shortNumber(((slot + 0.5) / slots) * width);
}

function y(value: number, { low, high }: Scale): string {
  return shortNumber(foot - ((value - low) / (high - low)) * (foot - top));
}

function shortNumber(number: number): string {
  return String(Math.round(number * 10) / 10);
}

function boundLines(metric: Metric, scale: Scale): Chart['bounds'] {
  const lines = (level: 'warning' | 'critical', range: string | undefined): Chart['bounds'] =>
    boundsOf(range ?? '')
      .filter((bound) => bound > scale.low && bound <= scale.high)
      .map((bound) => ({ level, y: y(bound, scale) }));
  return [...lines('warning', metric.warn), ...lines('critical', metric.critical)];
}

function spansOf(found: readonly Slot[]): Chart['spans'] {
  const first = found.findIndex(({ status }) => status !== null);
  const spans: { status: Exclude<CheckupStatus, 'ok'>; from: number; to: number }[] = [];
  found.forEach(({ status }, slot) => {
    // Before its first result a check-up may not have been there at all: that is not a gap.
    if (status === 'ok' || first === -1 || slot < first) return;
    const last = spans.at(-1);
    const shown = status ?? 'unknown';
    if (last?.status === shown && last.to === slot) last.to = slot + 1;
    else spans.push({ status: shown, from: slot, to: slot + 1 });
  });
  const slotWidth = width / slots;
  return spans.map(({ status, from, to }) => ({
    status,
    x: shortNumber(from * slotWidth),
    width: shortNumber((to - from) * slotWidth),
  }));
}
