import type { CheckupStatus } from '../../checkups/checkup.js';
import type { Metric } from '../../checkups/checkups.events.js';
import { fromIso, type Instant } from '../../shared/instant.js';

/** One result, as the chart needs it: oldest first. */
export interface ChartResult {
  readonly time: string;
  readonly status: CheckupStatus;
  readonly metrics: readonly Metric[];
}

/** A day has so many. */
export const slots = 96;

/** A quarter of an hour: the chart stands still within it, so that it can be kept. */
export const chartSlotMs = 15 * 60 * 1000;
export const chartSpanMs = slots * chartSlotMs;

/** Beyond this the scale itself would overflow; nothing that is measured gets there. */
const largest = 1e300;

const order: readonly CheckupStatus[] = ['ok', 'unknown', 'warning', 'critical'];

/** What is known of one quarter of an hour. */
export interface Slot {
  /** The worst status in it; null if there was no result. */
  readonly status: CheckupStatus | null;
  /** The last value in it; null if there was none. */
  readonly value: number | null;
}

/** The results sorted into slots from `start` on; what is outside is omitted. */
export function slotsOf(results: readonly ChartResult[], metricName: string | null, start: Instant): Slot[] {
  const found: Slot[] = Array.from({ length: slots }, () => ({ status: null, value: null }));
  for (const { time, status, metrics } of results) {
    const index = Math.floor((fromIso(time) - start) / chartSlotMs);
    const slot = found[index];
    if (!slot) continue;
    const measured = metrics.find(({ name }) => name === metricName)?.value;
    const value = measured === undefined ? slot.value : Math.max(-largest, Math.min(largest, measured));
    const worse = slot.status === null || order.indexOf(status) > order.indexOf(slot.status);
    found[index] = { status: worse ? status : slot.status, value };
  }
  return found;
}

/** A check-up every hour leaves three slots of four empty: its result holds until the next is overdue. */
export function carryOver(found: readonly Slot[], slotsPerResult: number): Slot[] {
  const newest = found.findLastIndex(({ status }) => status !== null);
  let since = Infinity;
  let held: Slot = { status: null, value: null };
  return found.map((slot, index) => {
    if (slot.status !== null) {
      since = 0;
      held = slot;
      return slot;
    }
    since++;
    return since <= slotsPerResult && index <= newest + slotsPerResult ? held : slot;
  });
}
