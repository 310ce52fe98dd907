import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { conditionsOf, type AddressFilter } from '../shared/address-filter.js';

/**
 * Narrows a query of a table with the columns `site` and `server` to what a filter takes.
 * @param nameColumn the column that holds the name of the job or check-up
 */
export function narrowToAddress<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  filter: AddressFilter,
  nameColumn: keyof Row & string,
): void {
  conditionsOf(filter).forEach(({ part, is }, index) => {
    const column = part === 'name' ? nameColumn : part;
    query.andWhere(`row.${column} = :address${index}`, { [`address${index}`]: is });
  });
}
