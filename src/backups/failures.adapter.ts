import { FileEngineError, type FileEngineErrorCode } from '../../plugins/sdk/index.js';
import { describeError, WardroundError, type ErrorCode } from '../shared/errors.js';
import type { RunError } from './run-report.js';

const codes: Readonly<Record<FileEngineErrorCode, ErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  unreadable: 'source-unreadable',
  unwritable: 'destination-unusable',
  'not-verified': 'verification-failed',
  'not-found': 'not-found',
  'not-a-snapshot': 'verification-failed',
  exists: 'conflict',
  'not-empty': 'conflict',
  'bad-argument': 'bad-request',
  cancelled: 'cancelled',
};

/** Sorts whatever ended a part of a run into Wardround's own codes, with its text for people. */
export function toRunError(error: unknown): RunError {
  if (error instanceof FileEngineError) return { code: codes[error.code], text: error.message };
  if (error instanceof WardroundError) return { code: error.code, text: describeError(error) };
  return { code: 'internal', text: describeError(error) };
}

/** What a plugin threw, under the code of the part of the run that it was called for. */
export async function failingAs<T>(code: ErrorCode, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WardroundError) || error.code !== 'plugin-failed') throw error;
    throw new WardroundError(code, error.message, error.advice, { cause: error });
  }
}
