/** Every way in which Wardround refuses or fails on purpose. Foreign errors are sorted into this set where they enter. */
export const errorCodes = [
  'bad-request',
  'unauthorized',
  'not-found',
  'method-not-allowed',
  'conflict',
  'forbidden',
  'too-large',
  'unsupported-media-type',
  'configuration-invalid',
  'data-folder-in-use',
  'data-folder-unusable',
  'address-in-use',
  'event-invalid',
  'event-unreadable',
  'outcome-unknown',
  'log-closed',
  'overloaded',
  'too-many-requests',
  'not-ready',
  'plugin-unknown',
  'plugin-invalid',
  'plugin-failed',
  'plugin-timed-out',
  'plugin-out-of-memory',
  'plugin-crashed',
  'cancelled',
  'source-unreadable',
  'destination-unusable',
  'no-space',
  'verification-failed',
  'process-ended',
  'unreachable',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * An error that a person can act on: what failed and with which value (`message`), and what would be right (`advice`).
 */
export class WardroundError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly advice?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'WardroundError';
  }
}

/** The text of anything that was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof WardroundError) return error.advice ? `${error.message}. ${error.advice}` : error.message;
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/**
 * The code of an error that Node or a driver has thrown, such as `ENOENT` or `SQLITE_FULL`; empty if it has none. Such errors are
 * told by their fields: their classes are of another realm where code runs in a VM, as in Jest.
 */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
