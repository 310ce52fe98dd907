import { z } from 'zod';
import { allKinds } from '../capabilities.js';
import { processKeys } from './process-settings.js';

/** What applying the file changes about one definition. */
export const definitionChangeSchema = z.object({
  kind: z.enum(allKinds.map(({ name }) => name)),
  name: z.string(),
  /** For servers, and what belongs to them. */
  site: z.string().optional(),
  /** For check-ups and backup jobs. */
  server: z.string().optional(),
  change: z.enum(['added', 'changed', 'removed']),
});
export type DefinitionChange = z.infer<typeof definitionChangeSchema>;

const placeInFileSchema = z.object({
  line: z.number(),
  column: z.number(),
  path: z.string(),
  message: z.string(),
  advice: z.string(),
});

/** What became of an apply. */
export const applyReportSchema = z.object({
  /** Of a dry run: what would become of it. `refused` changes nothing. */
  outcome: z.enum(['applied', 'unchanged', 'refused']),
  dryRun: z.boolean(),
  /** Absolute path of the configuration file. */
  file: z.string(),
  changes: z.array(definitionChangeSchema),
  /** Changes to the process itself, and the process that answers runs otherwise: it counts from its next start on. */
  restart: z.array(z.enum(processKeys)),
  /** What is dangerous about the file, and stops nothing; each a sentence or more. Absent where there is nothing. */
  warnings: z.array(z.string()).optional(),
  /** How names in the file are understood that several things have: a bare name means all of them. Absent where there is none. */
  notes: z.array(placeInFileSchema).optional(),
  problems: z.array(placeInFileSchema),
});
export type ApplyReport = z.infer<typeof applyReportSchema>;
