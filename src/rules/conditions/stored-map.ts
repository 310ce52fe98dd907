import { z } from 'zod';

/** A map as it is stored: entries, and not an object, since `constructor` is a fine name for a job. */
export function storedMap<Value>(value: z.ZodType<Value>): z.ZodType<ReadonlyMap<string, Value>> {
  return z.array(z.tuple([z.string(), value])).transform((entries) => new Map(entries));
}

export function withEntry<Value>(
  map: ReadonlyMap<string, Value>,
  key: string,
  value: Value,
): ReadonlyMap<string, Value> {
  return new Map(map).set(key, value);
}

export function withoutEntry<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  if (!map.has(key)) return map;
  return new Map([...map].filter(([other]) => other !== key));
}
