/**
 * Columns that mean the same on SQLite and PostgreSQL. Moments are RFC 3339 texts in UTC, as in events: they sort as
 * texts, and neither database turns them into something of its own.
 */
export const key = { type: 'varchar', primary: true } as const;
export const integerKey = { type: 'integer', primary: true } as const;
export const text = { type: 'varchar' } as const;
export const optionalText = { type: 'varchar', nullable: true } as const;
export const json = { type: 'simple-json' } as const;
export const optionalJson = { type: 'simple-json', nullable: true } as const;
export const integer = { type: 'integer' } as const;
export const optionalInteger = { type: 'integer', nullable: true } as const;
export const flag = { type: 'boolean' } as const;
export const real = { type: 'double precision' } as const;

/** A whole number, exact up to 2^53. PostgreSQL hands a bigint over as text. */
export const large = { type: 'bigint', transformer: { to: (value: number) => value, from: Number } } as const;
export const bytes = large;
