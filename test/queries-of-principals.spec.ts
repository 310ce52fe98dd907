import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import type { EntityManager } from 'typeorm';
import { localUser } from '../src/access/principal.js';
import { findRun, listRuns } from '../src/backups/views/runs/runs.queries.js';
import { allDefinitions } from '../src/definitions/definitions.queries.js';
import { readWard } from '../src/ward/ward.adapter.js';
import { queriesOfPrincipals } from './tools/queries-of-principals.mjs';

/** Never called: it is the compiler that has to refuse each line, or this file does not compile. */
export function askedByNobody(read: EntityManager): unknown[] {
  const page = { limit: 1, after: null };
  return [
    // @ts-expect-error a query without who asks
    allDefinitions(read),
    // @ts-expect-error a query without who asks
    findRun(read, 'run'),
    // @ts-expect-error a query without who asks
    listRuns(read, {}, page),
    // @ts-expect-error a query without who asks
    readWard(read, 0),
    // @ts-expect-error a name is not a principal
    findRun('anna', read, 'run'),
    // @ts-expect-error neither is a principal without a scope
    findRun({ kind: 'local-user', id: 'anna', permissions: new Set() }, read, 'run'),
    findRun(localUser('anna'), read, 'run'),
  ];
}

/** How often the rule finds something in the code of a `.queries.ts`. */
function found(code: string): number {
  const messages = new Linter().verify(code, {
    languageOptions: { parser: tseslint.parser },
    rules: { 'no-restricted-syntax': ['error', ...queriesOfPrincipals] },
  });
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.length;
}

describe('a query that does not take who asks', () => {
  it.each([
    'export function all(read: EntityManager) {}',
    'export async function all() {}',
    'export async function find(read: EntityManager, principal: Principal) {}',
    'export function find(principal: string, read: EntityManager) {}',
    'export const all = (read: EntityManager) => read.find(table);',
    'export default function all(read: EntityManager) {}',
    'export class Queries {}',
    'function all(read: EntityManager) {}\nexport { all };',
    "export * from './others.js';",
  ])('is found: %s', (code) => {
    expect(found(code)).toBeGreaterThan(0);
  });

  it.each([
    'export function all(principal: Principal, read: EntityManager) {}',
    'export async function find<Row>(principal: Principal, read: EntityManager): Promise<Row> {}',
    'export interface Filter { job: string }\nexport type Key = string;',
    'function keyOf(row: Row) {}\nconst inOrder = {};',
  ])('is not suspected in: %s', (code) => {
    expect(found(code)).toBe(0);
  });

  it.each([
    'src/backups/views/runs/runs.queries.ts',
    'src/folding/parked/parked.queries.ts',
    'src/planted/views/things/things.queries.ts',
  ])('would be found in %s', async (file) => {
    const config = (await new ESLint().calculateConfigForFile(file)) as Linter.Config;
    const [severity, ...restrictions] = config.rules?.['no-restricted-syntax'] as [number, ...unknown[]];
    expect(severity).toBe(2);
    expect(restrictions).toEqual(expect.arrayContaining([...queriesOfPrincipals]));
  });
});
