import { z } from 'zod';
import { count } from '../bodies.js';

export const configurationProblemSchema = z.object({
  line: count.describe('From 1'),
  column: count.describe('From 1'),
  path: z.string().describe('Such as `backups[1].sources[0]`; empty for the whole file'),
  message: z.string(),
  advice: z.string(),
});

export const configurationSchema = z.object({
  file: z.string(),
  problems: z.array(configurationProblemSchema).describe('Problems of the file as last read; empty if it is valid'),
});
