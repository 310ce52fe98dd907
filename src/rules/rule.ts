import { z } from 'zod';
import { nameSchema } from '../shared/names.js';
import { severities } from '../shared/severity.js';
import { conditions } from './conditions/index.js';

export const conditionSchema = z.union(conditions.map(({ schema }) => schema));
export type Condition = z.infer<typeof conditionSchema>;

/** An error status that support defines: while its condition holds for a server, that server has it. */
export const ruleDefinitionSchema = ruleDefinitionWith(conditionSchema);
export type RuleDefinition = z.infer<typeof ruleDefinitionSchema>;

/** @param when what its condition may be */
export function ruleDefinitionWith<When extends z.ZodType>(when: When) {
  return z.strictObject({
    name: nameSchema,
    title: z.string().min(1).max(200),
    severity: z.enum(severities),
    advice: z.string().max(4000).default('').describe('What to do about it'),
    when,
  });
}
