import { z } from 'zod';
import type { CheckupStatus } from './plugin.js';

/** A parameter from 0 to 100 that is `standard` when it is omitted. */
export function percent(standard: number) {
  return z.number().min(0).max(100).default(standard);
}

/** A parameter in whole or broken days that is `standard` when it is omitted. */
export function days(standard: number) {
  return z.number().min(0).max(36_500).default(standard);
}

export interface LowerBounds {
  readonly warnBelow: number;
  readonly criticalBelow: number;
}

export interface UpperBounds {
  readonly warnAbove: number;
  readonly criticalAbove: number;
}

/** The status of a value that is bad when it is low, such as free space. The bounds themselves are still good. */
export function statusBelow(value: number, { warnBelow, criticalBelow }: LowerBounds): CheckupStatus {
  if (value < criticalBelow) return 'critical';
  return value < warnBelow ? 'warning' : 'ok';
}

/** The status of a value that is bad when it is high, such as load. The bounds themselves are still good. */
export function statusAbove(value: number, { warnAbove, criticalAbove }: UpperBounds): CheckupStatus {
  if (value > criticalAbove) return 'critical';
  return value > warnAbove ? 'warning' : 'ok';
}

/** The same bounds as Nagios ranges for a metric: `15:` warns below 15 (monitoring-plugins.org, "Threshold and ranges"). */
export function rangesBelow({ warnBelow, criticalBelow }: LowerBounds): { warn: string; critical: string } {
  return { warn: `${warnBelow}:`, critical: `${criticalBelow}:` };
}

/** The same bounds as Nagios ranges for a metric: `90` warns above 90 (and below 0). */
export function rangesAbove({ warnAbove, criticalAbove }: UpperBounds): { warn: string; critical: string } {
  return { warn: `${warnAbove}`, critical: `${criticalAbove}` };
}

/** Refines a schema with lower bounds: critical must not come before the warning. */
export function criticalComesAfterWarning(bounds: LowerBounds | UpperBounds): boolean {
  return 'warnBelow' in bounds ? bounds.criticalBelow <= bounds.warnBelow : bounds.criticalAbove >= bounds.warnAbove;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes for people: `12.3 GiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}
