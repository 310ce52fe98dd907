import { repeats, unknownName } from '../definitions/checking/checks.js';
import { draftOf, draftText } from '../definitions/checking/draft.js';
import { shown, type Fault, type Path } from '../definitions/checking/problem.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
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
      describe: 'Error statuses: which signs mean trouble, and what to do',
      draft: draftOf({
        name: draftText,
        when: draftOf({ checkup: draftText, protocolLine: draftText, job: draftText, noSuccessOf: draftText }),
      }),
      faults(rules, path, { knowledge, namesOf }) {
        const jobs = namesOf('backup-job');
        return [
          ...repeats(rules, path, 'rule'),
          ...rules.flatMap(({ when }, index) => {
            const within = [...path, index, 'when'];
            const fault = when.protocolLine === null ? null : knowledge.patternFault(when.protocolLine);
            return [
              ...unknownName(when.checkup, namesOf('checkup'), [...within, 'checkup'], 'check-up'),
              ...unknownName(when.job, jobs, [...within, 'job'], 'backup job'),
              ...unknownName(when.noSuccessOf, jobs, [...within, 'noSuccessOf'], 'backup job'),
              ...(fault === null ? [] : [wrongPattern(when.protocolLine, fault, [...within, 'protocolLine'])]),
            ];
          }),
        ];
      },
    }),
  ],
});

function wrongPattern(pattern: string | null, fault: string, path: Path): Fault {
  return {
    path,
    message: `${shown(pattern)} cannot be matched with: ${fault}`,
    advice: 'It is a regular expression of RE2 (https://github.com/google/re2/wiki/Syntax)',
  };
}
