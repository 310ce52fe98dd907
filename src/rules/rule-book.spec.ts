import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isNamedBy } from '../shared/address.js';
import { conditions } from './conditions/index.js';
import { ruleDefinitionSchema } from './rule.js';
import { RuleBook } from './rule-book.js';

const [metric, protocolLine, absence] = conditions;

const name = fc.constantFrom('a', 'b', 'nightly');
const pattern = fc.tuple(fc.array(name, { maxLength: 2 }), name).map(([before, last]) => [...before, last].join('/'));
const address = fc.record({ site: name, server: name, name });

function bookWith(when: object): RuleBook {
  const definition = ruleDefinitionSchema.parse({ name: 'r', title: 'R', severity: 'warning', when });
  return new RuleBook().with({ ...definition, conditionSetBy: 'e' });
}

describe('the rules of a server', () => {
  it('are those whose pattern matches the whole address, of each kind of condition', () => {
    fc.assert(
      fc.property(pattern, address, (text, thing) => {
        const counts = isNamedBy([text], thing);
        const found = [
          bookWith({ noSuccessOf: text, within: '1h' }).rulesOn(absence, thing.name, thing),
          bookWith({ protocolLine: 'x', job: text }).rulesOn(protocolLine, thing.name, thing),
          bookWith({ checkup: text, metric: 'm', below: 1 }).rulesOn(metric, `${thing.name}\nm`, thing),
        ];
        expect(found.map((rules) => rules.length)).toEqual(counts ? [1, 1, 1] : [0, 0, 0]);
      }),
    );
  });

  it('are on every server where they name no job', () => {
    const book = bookWith({ protocolLine: 'x' });
    for (const site of ['main', 'north']) {
      expect(book.rulesOn(protocolLine, '', { site, server: 'reception' })).toHaveLength(1);
    }
  });
});
