import type { z } from 'zod';
import { isSecretKey, shown, wantedOf, type Fault, type Path } from '../definitions/checking/problem.js';
import { descriptionAt, keysAt, type SchemaNode } from '../definitions/checking/schema-hints.js';
import { meant } from '../definitions/checking/suggestion.js';
import { valueAt } from '../definitions/checking/value-at.js';

type Issue = z.core.$ZodIssue;

/** What Zod found wrong, in words for people. `hints` is the schema's own JSON Schema. */
export function schemaFaults(value: unknown, issues: readonly Issue[], hints: SchemaNode): readonly Fault[] {
  return issues.flatMap((issue) => faultsOf(value, issue, hints, []));
}

function faultsOf(value: unknown, issue: Issue, hints: SchemaNode, base: Path): readonly Fault[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const found = withoutSecret(path, valueAt(value, path));
  const description = descriptionAt(hints, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key ${shown(key)}`,
        advice: meant(key, keysAt(hints, path), 'key'),
      }));
    case 'invalid_union':
      return unionFaults(value, issue, hints, path);
    case 'invalid_type':
      return [typeFault(path, found, issue.expected, description)];
    case 'invalid_value':
      return [{ path, ...choice(found, issue.values.map(String), issue.message) }];
    case 'too_small':
      return [
        {
          path,
          message: smallText(found),
          advice: advice(`It must be at least ${issue.minimum}${unit(found)}`, description),
        },
      ];
    case 'too_big':
      return [
        {
          path,
          message: `${shown(found)} is too ${typeof found === 'number' ? 'big' : 'long'}`,
          advice: `It must be at most ${issue.maximum}${unit(found)}`,
        },
      ];
    case 'invalid_format':
      return [{ path, message: `${shown(found)} is not allowed here`, advice: sentence(issue.message) }];
    case 'custom':
      return [{ path, ...customText(found, issue.message) }];
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return [{ path, message: `${shown(found)} is not allowed here`, advice: sentence(issue.message) }];
  }
}

/** A password in clear is refused, and is not to be printed, logged and shown on the board for it. */
function withoutSecret(path: Path, found: unknown): unknown {
  const isText = typeof found === 'string' || typeof found === 'number';
  return isText && isSecretKey(String(path.at(-1) ?? '')) ? '…' : found;
}

function typeFault(path: Path, found: unknown, expected: string, description: string): Fault {
  const wanted = kindNames[expected] ?? expected;
  if (found === undefined) {
    const key = String(path.at(-1) ?? '');
    return { path, message: `${shown(key)} is missing`, advice: advice(`It is ${wanted}`, description) };
  }
  const message = found === '…' ? `${shown(found)} is not allowed here` : `${shown(found)} is ${kindOf(found)}`;
  return { path, message, advice: advice(`It must be ${wanted}`, description), ...wantedOf(expected) };
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, each item on a line that begins with "-"',
  object: 'a group of keys with values',
  record: 'a group of keys with values',
};

function kindOf(found: unknown): string {
  if (found === null) return 'empty';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a group of keys';
  if (typeof found === 'boolean') return 'true or false';
  return typeof found === 'number' ? 'a number' : 'text';
}

/** @param said what Zod says, which begins with "Invalid", or what the schema says in its place */
function choice(found: unknown, values: readonly string[], said: string): Pick<Fault, 'message' | 'advice'> {
  if (found === undefined) return { message: 'a value is missing here', advice: `Choose one of ${values.join(', ')}` };
  if (!said.startsWith('Invalid')) return customText(found, said);
  return { message: `${shown(found)} is not allowed here`, advice: `Choose one of ${values.join(', ')}` };
}

function smallText(found: unknown): string {
  if (Array.isArray(found) || found === '') return 'it is empty';
  return `${shown(found)} is too ${typeof found === 'number' ? 'small' : 'short'}`;
}

function unit(found: unknown): string {
  if (typeof found === 'string') return ' characters long';
  return Array.isArray(found) ? ' entries long' : '';
}

function customText(found: unknown, message: string): Pick<Fault, 'message' | 'advice'> {
  if (typeof found === 'object' && found !== null) return { message, advice: '' };
  return { message: `${shown(found)} is not allowed here`, advice: sentence(message) };
}

/** A union's alternative that was probably meant is the one whose keys fit best; only its faults are told. */
function unionFaults(
  value: unknown,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  hints: SchemaNode,
  path: Path,
): readonly Fault[] {
  if ('options' in issue && Array.isArray(issue.options)) {
    return [{ path, ...choice(valueAt(value, path), issue.options.map(String), issue.message) }];
  }
  const ranked = [...issue.errors].sort((a, b) => misfit(a) - misfit(b));
  const [best, second] = ranked;
  if (best === undefined || (second !== undefined && misfit(best) === misfit(second))) {
    const alternatives = keysAt(hints, path);
    const message = `${shown(valueAt(value, path))} does not match any allowed form`;
    return [{ path, message, advice: alternatives.length === 0 ? '' : `Its keys may be ${alternatives.join(', ')}` }];
  }
  return best.flatMap((inner) => faultsOf(value, inner, hints, path));
}

function misfit(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + 10 * issue.keys.length;
    return sum + (issue.code === 'invalid_type' ? 3 : 1);
  }, 0);
}

function advice(first: string, description: string): string {
  return description === '' ? first : `${first}: ${description}`;
}

function sentence(text: string): string {
  return text.startsWith('must') ? `It ${text}` : text.charAt(0).toUpperCase() + text.slice(1);
}
