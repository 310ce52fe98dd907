import type { Fault } from './problems.js';

/** More than any event of ours has; what has more only costs anyone who reads it. */
const deepest = 16;
const mostValues = 10_000;

/**
 * What no event may hold, whatever its schema: the first of it, or null. Such are nesting and sizes beyond all need, numbers
 * that JSON can write and no computer can hold, and texts that a database cannot keep: with U+0000, or half a character.
 * @param value as parsed from JSON
 * @param path of the value, for the fault
 */
export function outOfBounds(value: unknown, path: string): Fault | null {
  const open: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [
    { value, path, depth: 0 },
  ];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    if (++values > mostValues) return { path, message: `has more than ${mostValues} values` };
    const fault = faultOf(next.value);
    if (fault) return { path: next.path, message: fault };
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth === deepest) return { path, message: `is nested deeper than ${deepest} levels` };
    for (const [key, inner] of Object.entries(next.value)) {
      const keyFault = faultOf(key);
      if (keyFault) return { path: next.path, message: `has a name that ${keyFault}` };
      open.push({ value: inner, path: `${next.path}.${key.slice(0, 60)}`, depth: next.depth + 1 });
    }
    // Checked here too, so that a list of a million is not piled up first.
    if (values + open.length > mostValues) return { path, message: `has more than ${mostValues} values` };
  }
  return null;
}

function faultOf(value: unknown): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'is too large a number';
  if (typeof value !== 'string') return null;
  if (value.includes('\u0000')) return 'contains U+0000, which databases cannot store';
  return /\p{Surrogate}/u.test(value) ? 'contains a lone surrogate' : null;
}
