import { PermanentFailure, RetryableFailure } from '../../plugins/sdk/plugin.js';
import { WardroundError } from '../shared/errors.js';
import type { Failure } from './protocol.js';

const longestText = 8_000;

/** Sorts whatever a plugin threw, and says it in words that name the file or address. Total: it never throws itself. */
export function failureOf(thrown: unknown): Failure {
  const whole = textOf(thrown);
  const text = whole.length > longestText ? `${whole.slice(0, longestText)}…` : whole;
  const codes = codesOf(thrown);
  if (codes.some((code) => code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL')) {
    return { kind: 'no-space', text };
  }
  if (codes.includes('ERR_WORKER_OUT_OF_MEMORY')) return { kind: 'out-of-memory', text };
  if (codes.includes('foreign')) return { kind: 'altered', text };
  const name = property(thrown, 'name');
  if (name === 'PermanentFailure') return { kind: 'permanent', text };
  if (name === 'RetryableFailure') return { kind: 'retryable', text };
  return { kind: 'failed', text };
}

/** The error that a caller of the host sees. Every text begins with the plugin's name. */
export function errorOf(plugin: string, failure: Failure): WardroundError {
  const message = `${plugin}: ${failure.text}`;
  switch (failure.kind) {
    case 'failed':
      return new WardroundError('plugin-failed', message);
    case 'permanent':
      return new WardroundError('plugin-failed', message, undefined, { cause: new PermanentFailure(failure.text) });
    case 'retryable':
      return new WardroundError('plugin-failed', message, undefined, { cause: new RetryableFailure(failure.text) });
    case 'no-space':
      return new WardroundError('no-space', message, 'Free some space there, or choose another disk');
    case 'altered':
      return new WardroundError(
        'verification-failed',
        message,
        'Use another snapshot or destination, and check who else can write there',
      );
    case 'out-of-memory':
      return new WardroundError('plugin-out-of-memory', message);
    case 'invalid-parameters':
      return new WardroundError('plugin-invalid', message);
  }
}

/** The text of anything that can be thrown, with the texts of its causes. */
export function textOf(thrown: unknown, depth = 0): string {
  const own = ownText(thrown);
  const inner = depth < 4 ? innerErrors(thrown).map((error) => textOf(error, depth + 1)) : [];
  const news = [...new Set(inner)].filter((text) => text !== '' && !own.includes(text));
  if (own === '') return news.join('; ') || 'failed without saying why';
  return news.length === 0 ? own : `${own}: ${news.join('; ')}`;
}

function ownText(thrown: unknown): string {
  const message = property(thrown, 'message');
  if (typeof message !== 'string') return unknownText(thrown);
  const place = property(thrown, 'path');
  const code = property(thrown, 'code');
  const said = typeof place === 'string' && typeof code === 'string' ? fileSystemText(code, place) : null;
  if (said !== null) return said;
  const name = property(thrown, 'name');
  if (message === '' && innerErrors(thrown).length > 0) return '';
  return message || (typeof name === 'string' ? name : '');
}

function fileSystemText(code: string, place: string): string | null {
  switch (code) {
    case 'ENOENT':
      return `${place} does not exist`;
    case 'EACCES':
    case 'EPERM':
      return `${place}: permission denied`;
    case 'ENOTDIR':
      return `${place} is not a folder, or part of its path is not a folder`;
    case 'EISDIR':
      return `${place} is a folder, not a file`;
    case 'EROFS':
      return `${place} is on a read-only disk`;
    case 'ENOSPC':
      return `no space left on the disk of ${place}`;
    case 'EDQUOT':
      return `the disk quota is used up at ${place}`;
    default:
      return null;
  }
}

function unknownText(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) {
    return typeof thrown === 'string' ? thrown : `a value that is not an error was thrown: ${String(thrown)}`;
  }
  try {
    return `a value that is not an error was thrown: ${JSON.stringify(thrown)}`;
  } catch {
    // A circular object or a throwing getter: there is nothing better to show than its type.
    return 'a value that is not an error was thrown: an object';
  }
}

function innerErrors(thrown: unknown): readonly unknown[] {
  const several = property(thrown, 'errors');
  const cause = property(thrown, 'cause');
  const first: readonly unknown[] = Array.isArray(several) ? several.slice(0, 10) : [];
  return cause === undefined ? first : [...first, cause];
}

/** The code of a Node or SQLite error, such as `ENOENT`; null if it has none. */
export function errorCode(thrown: unknown): string | null {
  const code = property(thrown, 'code');
  return typeof code === 'string' ? code : null;
}

function codesOf(thrown: unknown, depth = 0): readonly string[] {
  const code = errorCode(thrown);
  const inner = depth < 4 ? innerErrors(thrown).flatMap((error) => codesOf(error, depth + 1)) : [];
  return code === null ? inner : [code, ...inner];
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    // A getter that throws is as good as absent.
    return undefined;
  }
}
