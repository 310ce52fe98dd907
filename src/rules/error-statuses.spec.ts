import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../shared/package.adapter.js';
import { faultsOfRule } from './rule-faults.js';

/** The pieces of configuration in the guide: whole rules, lists of rules, or a `when` alone. */
function rulesInGuide(): unknown[] {
  const guide = readFileSync(join(packageRoot, 'docs', 'error-statuses.md'), 'utf8');
  return [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, text]): unknown[] => {
    const piece: unknown = parse(text ?? '');
    if (Array.isArray(piece)) return piece;
    if (typeof piece !== 'object' || piece === null) return [piece];
    if ('rules' in piece && Array.isArray(piece.rules)) return piece.rules;
    return [{ name: 'example', title: 'Example', severity: 'warning', ...piece }];
  });
}

describe('the guide to error statuses', () => {
  it('shows rules that can be defined as they are there', () => {
    const rules = rulesInGuide();
    expect(rules.length).toBeGreaterThanOrEqual(8);
    expect(rules.flatMap((rule) => faultsOfRule(rule).map((fault) => ({ rule, ...fault })))).toEqual([]);
  });
});
