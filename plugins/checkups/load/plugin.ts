import { availableParallelism, loadavg, platform } from 'node:os';
import {
  criticalComesAfterWarning,
  definePlugin,
  rangesAbove,
  statusAbove,
  z,
  type CheckupResult,
  type UpperBounds,
} from '../../sdk/index.js';
import { sampleBusyShare } from './busy.js';

export default definePlugin({
  kind: 'checkup',
  name: 'load',
  summary: 'Load average per processor core.',
  parameters: z
    .strictObject({
      warnAbove: z.number().min(0).default(2).describe('Warning above this load per core over 5 minutes'),
      criticalAbove: z.number().min(0).default(4).describe('Critical above this load per core over 5 minutes'),
      warnBusyAbove: z
        .number()
        .min(0)
        .max(100)
        .default(95)
        .describe('On Windows: warning above this CPU usage in percent'),
      criticalBusyAbove: z
        .number()
        .min(0)
        .max(100)
        .default(100)
        .describe('On Windows: critical above this CPU usage in percent'),
    })
    .refine(criticalComesAfterWarning, 'criticalAbove must not be below warnAbove')
    .refine(
      ({ warnBusyAbove, criticalBusyAbove }) => criticalBusyAbove >= warnBusyAbove,
      'criticalBusyAbove must not be below warnBusyAbove',
    ),

  async run({ parameters, signal }) {
    if (platform() !== 'win32') return judgeLoad(loadavg(), availableParallelism(), parameters);
    // Windows has no load average: Node gives zeros there.
    const bounds = { warnAbove: parameters.warnBusyAbove, criticalAbove: parameters.criticalBusyAbove };
    return judgeBusy(await sampleBusyShare(signal), bounds);
  },
});

/**
 * Judged by the 5 minutes: one minute is over too soon to wake anybody for.
 * @param loads over 1, 5 and 15 minutes, for all cores together
 */
export function judgeLoad(loads: readonly number[], cores: number, bounds: UpperBounds): CheckupResult {
  const [load1 = 0, load5 = 0, load15 = 0] = loads.map((load) => load / cores);
  const text = [load1, load5, load15].map((load) => load.toFixed(2)).join(', ');
  return {
    status: statusAbove(load5, bounds),
    summary: `load per core ${text} over 1, 5 and 15 minutes (${cores} ${cores === 1 ? 'core' : 'cores'})`,
    metrics: [
      { name: 'load1_per_core', value: load1, unit: '', min: 0 },
      { name: 'load5_per_core', value: load5, unit: '', ...rangesAbove(bounds), min: 0 },
      { name: 'load15_per_core', value: load15, unit: '', min: 0 },
    ],
  };
}

/** @param share of its time that the average core was busy, 0 to 1 */
export function judgeBusy(share: number, bounds: UpperBounds): CheckupResult {
  const busyPercent = 100 * share;
  return {
    status: statusAbove(busyPercent, bounds),
    summary: `processor ${busyPercent.toFixed(0)} % busy`,
    metrics: [{ name: 'busy_percent', value: busyPercent, unit: '%', ...rangesAbove(bounds), min: 0, max: 100 }],
  };
}
