import { z } from 'zod';
import { nameSchema } from '../shared/names.js';
import { durationSchema } from '../shared/schedule.js';
import { severities } from '../shared/severity.js';

const metricCondition = z
  .strictObject({
    checkup: nameSchema,
    metric: z.string().min(1).max(100),
    below: z.number().optional(),
    above: z.number().optional(),
    for: durationSchema.optional().describe('How long it must hold before the alarm; without it, at once'),
  })
  .refine((condition) => (condition.below === undefined) !== (condition.above === undefined), {
    message: 'needs either `below` or `above`, and not both',
  });

const protocolLineCondition = z.strictObject({
  protocolLine: z.string().min(1).max(1000).describe('Regular expression (RE2) that a line of the protocol matches'),
  job: nameSchema.optional().describe('Only this job; without it, every job'),
  level: z.enum(['info', 'warning', 'error']).optional().describe('Only lines of this level'),
});

const absenceCondition = z.strictObject({
  noSuccessOf: nameSchema.describe('A backup job'),
  within: durationSchema.describe('Longest time between two successful runs, e.g. 26h'),
});

export const conditionSchema = z.union([metricCondition, protocolLineCondition, absenceCondition]);
export type Condition = z.infer<typeof conditionSchema>;
export type MetricCondition = z.infer<typeof metricCondition>;
export type ProtocolLineCondition = z.infer<typeof protocolLineCondition>;
export type AbsenceCondition = z.infer<typeof absenceCondition>;

/** The form of condition that somebody meant, by the key that only that form has: it says what is wrong with the rest. */
export function conditionSchemaFor(when: unknown): z.ZodType<Condition> {
  if (typeof when === 'object' && when !== null && 'protocolLine' in when) return protocolLineCondition;
  if (typeof when === 'object' && when !== null && 'noSuccessOf' in when) return absenceCondition;
  return metricCondition;
}

/** An error status that support defines: while its condition holds for a server, that server has it. */
export const ruleDefinitionSchema = z.strictObject({
  name: nameSchema,
  title: z.string().min(1).max(200),
  severity: z.enum(severities),
  advice: z.string().max(4000).default('').describe('What to do about it'),
  when: conditionSchema,
});
export type RuleDefinition = z.infer<typeof ruleDefinitionSchema>;
