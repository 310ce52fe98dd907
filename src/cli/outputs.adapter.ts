import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeOf, describeError } from '../shared/errors.js';
import { exitCodes, type ExitCode } from './exit-codes.js';

let onlyAnswers = true;
let lost: Error | null = null;

/**
 * From now on, what cannot be printed is let go: a full disk, a closed terminal or a reader that has left ends no work. Call it
 * once, before anything is printed.
 */
export function guardOutputs(): void {
  process.stdout.on('error', (error) => {
    // `wardround log | head` ends when `head` has seen enough: that is not an error.
    if (codeOf(error) === 'EPIPE' && onlyAnswers) process.exit(exitCodes.good);
    lost ??= error;
  });
  // There is no other place where this could be said.
  process.stderr.on('error', () => undefined);
}

/** The command does something besides answering: it continues when no one reads what it prints. */
export function worksUnread(): void {
  onlyAnswers = false;
}

/** The exit code of a command that is done: one whose answer could not be printed, and that did nothing else, has failed. */
export async function exitCodeAfter(code: ExitCode): Promise<ExitCode> {
  await nextTurn(); // a stream tells of its errors in their own turn
  if (!lost || codeOf(lost) === 'EPIPE') return code;
  process.stderr.write(`wardround: output was lost: ${describeError(lost)}\n`);
  return onlyAnswers && code === exitCodes.good ? exitCodes.failed : code;
}
