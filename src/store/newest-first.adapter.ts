import { type EntityManager, type EntitySchema, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import { pageOf, type Page, type PageRequest } from './page.js';

/** The key of a list that is ordered by a time and, where times are equal, by an id. */
export interface TimeKey {
  readonly time: string;
  readonly id: string;
}

/** A page of rows, newest first. */
export async function newestFirst<Row extends ObjectLiteral>(
  read: EntityManager,
  table: EntitySchema<Row>,
  { time, id }: { readonly time: keyof Row & string; readonly id: keyof Row & string },
  { limit, after }: PageRequest<TimeKey>,
  narrow: (query: SelectQueryBuilder<Row>) => void,
): Promise<Page<Row, TimeKey>> {
  const query = read
    .createQueryBuilder(table, 'row')
    .orderBy(`row.${time}`, 'DESC')
    .addOrderBy(`row.${id}`, 'DESC')
    .limit(limit + 1);
  narrow(query);
  if (after) {
    query.andWhere(`(row.${time} < :afterTime OR (row.${time} = :afterTime AND row.${id} < :afterId))`, {
      afterTime: after.time,
      afterId: after.id,
    });
  }
  return pageOf(await query.getMany(), limit, (row) => ({ time: String(row[time]), id: String(row[id]) }));
}
