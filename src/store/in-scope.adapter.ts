import type { EntityManager, EntitySchema, FindManyOptions, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Principal, Scope } from '../access/principal.js';
import type { ServerAddress } from '../shared/address.js';
import { groupedBy } from '../shared/grouped-by.js';
import { serverKey } from '../shared/names.js';

/** A query for rows of servers that the principal sees. */
export function queryInScope<Row extends ObjectLiteral & ServerAddress>(
  principal: Principal,
  read: EntityManager,
  table: EntitySchema<Row>,
  options: FindManyOptions<Row> = {},
): SelectQueryBuilder<Row> {
  const query = read.createQueryBuilder(table, 'row').setFindOptions(options);
  return narrowToScope(query, principal, 'row');
}

/**
 * Narrows a query to what the principal sees. Call it after `where`, which would take its condition away.
 * @param alias of a table of the query with the columns `site` and `server`
 */
export function narrowToScope<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  { scope }: Principal,
  alias: string,
): SelectQueryBuilder<Row> {
  if (scope.kind === 'everything') return query;
  const { condition, parameters } = eitherOf(casesOf(scope, alias));
  return query.andWhere(condition, parameters);
}

/** The same where the rows have the partition key of a server instead of its address. */
export function narrowToKeys<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  { scope }: Principal,
  column: string,
): SelectQueryBuilder<Row> {
  if (scope.kind === 'everything') return query;
  const { condition, parameters } = eitherOf(keyCasesOf(scope, column));
  return query.andWhere(condition, parameters);
}

/** One of several conditions that are joined by OR. */
interface Case {
  readonly condition: string;
  readonly parameters: ObjectLiteral;
}

function eitherOf(cases: readonly Case[]): Case {
  if (cases.length === 0) return { condition: '1 = 0', parameters: {} };
  return {
    condition: `(${cases.map(({ condition }) => condition).join(' OR ')})`,
    parameters: Object.fromEntries(cases.flatMap(({ parameters }) => Object.entries(parameters))),
  };
}

type PartialScope = Exclude<Scope, { readonly kind: 'everything' }>;

function casesOf(scope: PartialScope, alias: string): readonly Case[] {
  if (scope.kind === 'sites') {
    if (scope.sites.length === 0) return [];
    return [{ condition: `${alias}.site IN (:...scopeSites)`, parameters: { scopeSites: scope.sites } }];
  }
  // By site, so that the condition grows with the sites and not with their servers.
  return [...groupedBy(scope.servers, ({ site }) => site)].map(([site, servers], index) => ({
    condition: `(${alias}.site = :scopeSite${index} AND ${alias}.server IN (:...scopeServers${index}))`,
    parameters: { [`scopeSite${index}`]: site, [`scopeServers${index}`]: servers.map(({ server }) => server) },
  }));
}

function keyCasesOf(scope: PartialScope, column: string): readonly Case[] {
  if (scope.kind === 'sites') {
    // No name of a site has a character that LIKE takes for another.
    return scope.sites.map((site, index) => ({
      condition: `${column} LIKE :scopeKey${index}`,
      parameters: { [`scopeKey${index}`]: serverKey(site, '%') },
    }));
  }
  if (scope.servers.length === 0) return [];
  const keys = scope.servers.map(({ site, server }) => serverKey(site, server));
  return [{ condition: `${column} IN (:...scopeKeys)`, parameters: { scopeKeys: keys } }];
}
