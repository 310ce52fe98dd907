import { WardroundError } from '../shared/errors.js';

/** The command line was wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the API refused, in its own words. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  constructor(
    readonly code: string,
    detail: string,
    /** The run of the job that is in progress already, where that is the reason. */
    readonly runId?: string,
  ) {
    super(detail);
  }
}

/** An error for people: what failed and with which value, then what to do. Where it came from only if asked for. */
export function errorText(error: unknown, verbose: boolean): string {
  const stack = verbose && error instanceof Error && error.stack ? `\n${error.stack}` : '';
  return `wardround: ${saying(error)}${stack}\n`;
}

function saying(error: unknown): string {
  if (error instanceof WardroundError) return error.advice ? `${error.message}\n  ${error.advice}` : error.message;
  if (error instanceof RefusedRequest || error instanceof UsageError) return error.message;
  const text = error instanceof Error ? error.message || error.name : String(error);
  return `unexpected error: ${text}\n  Run the command again with --verbose for the stack trace`;
}
