import { z } from 'zod';
import { count } from '../bodies.js';

export const configurationProblemSchema = z.object({
  line: count.describe('From 1'),
  column: count.describe('From 1'),
  path: z.string().describe('As people write it: `backups[1].sources[0]`; empty for the file as a whole'),
  message: z.string(),
  advice: z.string(),
});

export const configurationSchema = z.object({
  file: z.string(),
  problems: z.array(configurationProblemSchema).describe('Of the file as it was last read; empty if it is right'),
});
