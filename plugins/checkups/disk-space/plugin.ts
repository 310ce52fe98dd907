import { statfs } from 'node:fs/promises';
import {
  bytesText,
  criticalComesAfterWarning,
  definePlugin,
  percent,
  rangesBelow,
  statusBelow,
  z,
} from '../../sdk/index.js';

export default definePlugin({
  kind: 'checkup',
  name: 'disk-space',
  summary: 'Free space on the disk that holds a folder.',
  parameters: z
    .strictObject({
      path: z.string().min(1).default('/').describe('Any folder on the disk'),
      warnBelow: percent(15).describe('Warning below this percentage of free space'),
      criticalBelow: percent(10).describe('Critical below this percentage of free space'),
    })
    .refine(criticalComesAfterWarning, 'criticalBelow must not be above warnBelow'),

  async run({ parameters }) {
    const disk = await statfs(parameters.path, { bigint: true });
    // What `df` shows: blocks that only root may use count as used for everyone else.
    const freeBytes = Number(disk.bavail * disk.bsize);
    const usableBytes = Number((disk.blocks - disk.bfree + disk.bavail) * disk.bsize);
    if (usableBytes === 0) throw new Error(`${parameters.path} is on a file system without a size, such as /proc`);
    const freePercent = (100 * freeBytes) / usableBytes;
    return {
      status: statusBelow(freePercent, parameters),
      summary: `${freePercent.toFixed(1)} % free on the disk of ${parameters.path} (${bytesText(freeBytes)} of ${bytesText(usableBytes)})`,
      metrics: [
        { name: 'free_percent', value: freePercent, unit: '%', ...rangesBelow(parameters), min: 0, max: 100 },
        { name: 'free_bytes', value: freeBytes, unit: 'B', min: 0, max: usableBytes },
        { name: 'total_bytes', value: usableBytes, unit: 'B', min: 0 },
      ],
    };
  },
});
