import { bytesText, countText } from '../shared/quantity.js';
import { visibleLength } from './table.js';

export interface Progress {
  /** 0 to 100. */
  readonly percent: number;
  readonly step: string;
  readonly files: number;
  readonly bytes: number;
  /** Null while not known. */
  readonly bytesPerSecond: number | null;
}

const barWidth = 24;

/** One line that fits into so many columns: `██████░░░░  42 %  local-copy  1,234 files  1.20 GB  85.0 MB/s`. */
export function progressBar(progress: Progress, columns: number): string {
  const percent = Math.max(0, Math.min(100, progress.percent));
  const filled = Math.floor((percent / 100) * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const parts = [
    `${bar} ${String(Math.floor(percent)).padStart(3)} %`,
    progress.step === '' ? 'getting ready' : progress.step,
    countText(progress.files, 'file'),
    bytesText(progress.bytes),
    ...(progress.bytesPerSecond === null ? [] : [`${bytesText(progress.bytesPerSecond)}/s`]),
  ];
  return fitting(parts, Math.max(10, columns - 1));
}

/** As many parts as there is room for, from the first on; the first is cut if need be. */
function fitting(parts: readonly string[], columns: number): string {
  let line = (parts[0] ?? '').slice(0, columns);
  for (const part of parts.slice(1)) {
    const longer = `${line}  ${part}`;
    if (visibleLength(longer) > columns) return line;
    line = longer;
  }
  return line;
}

export interface Measured {
  readonly step: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly at: number;
}

/** Bytes a second over the last few seconds of one step; null while there is too little to go by. */
export function rateOf(measured: readonly Measured[]): number | null {
  const last = measured.at(-1);
  const first = measured.find(({ step }) => step === last?.step);
  if (!first || !last || last.at - first.at < 500 || last.bytes <= first.bytes) return null;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}

/** The measurements that still count when one more has been made. */
export function withMeasured(measured: readonly Measured[], next: Measured): readonly Measured[] {
  const recent = measured.filter(
    ({ at, step, bytes }) => next.at - at <= 5_000 && step === next.step && bytes <= next.bytes,
  );
  return [...recent, next];
}
