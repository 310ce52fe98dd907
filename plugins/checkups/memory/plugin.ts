import {
  bytesText,
  criticalComesAfterWarning,
  definePlugin,
  percent,
  rangesBelow,
  statusBelow,
  z,
} from '../../sdk/index.js';
import { availableMemory } from './available.js';

export default definePlugin({
  kind: 'checkup',
  name: 'memory',
  summary: 'Memory available to programs.',
  parameters: z
    .strictObject({
      warnBelow: percent(10).describe('Warning below this percentage of available memory'),
      criticalBelow: percent(5).describe('Critical below this percentage of available memory'),
    })
    .refine(criticalComesAfterWarning, 'criticalBelow must not be above warnBelow'),

  async run({ parameters }) {
    const { availableBytes, totalBytes } = await availableMemory();
    const availablePercent = (100 * availableBytes) / totalBytes;
    return {
      status: statusBelow(availablePercent, parameters),
      summary: `${availablePercent.toFixed(1)} % of memory available (${bytesText(availableBytes)} of ${bytesText(totalBytes)})`,
      metrics: [
        { name: 'available_percent', value: availablePercent, unit: '%', ...rangesBelow(parameters), min: 0, max: 100 },
        { name: 'available_bytes', value: availableBytes, unit: 'B', min: 0, max: totalBytes },
        { name: 'total_bytes', value: totalBytes, unit: 'B', min: 0 },
      ],
    };
  },
});
