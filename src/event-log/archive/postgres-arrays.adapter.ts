/**
 * Arrays in PostgreSQL's binary form (array_send in src/backend/utils/adt/arrayfuncs.c): as text, which the driver makes of
 * JavaScript's arrays, a batch of events costs both sides twice the time.
 */

/** OIDs of element types, as in src/include/catalog/pg_type.dat. */
const int8 = 20;
const text = 25;
const bytea = 17;

const headerBytes = 20;

/** @param values integers within ±2^53 */
export function bigints(values: readonly (number | null)[]): Buffer {
  return arrayOf(int8, values, () => 8, writeInt8);
}

export function texts(values: readonly (string | null)[]): Buffer {
  return arrayOf(
    text,
    values,
    (value) => Buffer.byteLength(value),
    (buffer, value, at) => buffer.write(value, at),
  );
}

export function byteStrings(values: readonly (Uint8Array | null)[]): Buffer {
  return arrayOf(
    bytea,
    values,
    (value) => value.length,
    (buffer, value, at) => buffer.set(value, at),
  );
}

function writeInt8(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
  buffer.writeUInt32BE(((value % 2 ** 32) + 2 ** 32) % 2 ** 32, at + 4);
}

function arrayOf<Value>(
  oid: number,
  values: readonly (Value | null)[],
  lengthOf: (value: Value) => number,
  write: (buffer: Buffer, value: Value, at: number) => void,
): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : lengthOf(value)));
  const buffer = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headerBytes));
  const hasNulls = lengths.includes(-1) ? 1 : 0;
  // One dimension; whether there are nulls; the elements' type; how many; their first index.
  [1, hasNulls, oid, values.length, 1].forEach((word, index) => buffer.writeInt32BE(word, 4 * index));
  let at = headerBytes;
  values.forEach((value, index) => {
    const length = lengths[index] ?? -1;
    buffer.writeInt32BE(length, at);
    at += 4;
    if (value === null) return;
    write(buffer, value, at);
    at += length;
  });
  return buffer;
}
