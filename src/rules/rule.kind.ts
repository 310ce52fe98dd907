import { z } from 'zod';
import { repeats } from '../definitions/checking/checks.js';
import { draftOf, draftText } from '../definitions/checking/draft.js';
import type { CheckContext } from '../definitions/checking/knowledge.js';
import type { Fault, Path } from '../definitions/checking/problem.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { allConditions, type AnyConditionKind } from './condition-set.js';
import { ruleDefinitionSchema } from './rule.js';
import { ruleDefined, ruleRetired } from './rules.events.js';

/** An error status: which signs mean trouble, and what to do. */
export const ruleKind = defineKind({
  name: 'rule',
  title: 'rule',
  scope: 'installation',
  schema: ruleDefinitionSchema,
  defined: ruleDefined,
  retired: ruleRetired,
  nameField: 'rule',
  folder: 'rules',
  sections: [
    listSection({
      item: ruleDefinitionSchema,
      definition: (item) => item,
      key: 'rules',
      describe: 'Error statuses: conditions that mean trouble, and what to do',
      draft: draftOf({ name: draftText, when: z.unknown().optional() }),
      faults: (rules, path, context) => [
        ...repeats(rules, path, 'rule'),
        ...rules.flatMap(({ when }, index) =>
          allConditions.kinds.flatMap((condition) => faultsOf(condition, when, [...path, index, 'when'], context)),
        ),
      ],
    }),
  ],
});

function faultsOf(condition: AnyConditionKind, when: unknown, path: Path, context: CheckContext): readonly Fault[] {
  return condition.faults(condition.draft.parse(when), path, context);
}
