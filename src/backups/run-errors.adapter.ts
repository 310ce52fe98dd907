import { FileEngineError, type FileEngineErrorCode } from '../../plugins/sdk/index.js';
import { describeError, WardroundError, type ErrorCode } from '../shared/errors.js';
import type { RunError } from './run-report.js';

const codes: Readonly<Record<FileEngineErrorCode, ErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  unreadable: 'source-unreadable',
  unwritable: 'destination-unusable',
  unsafe: 'destination-unusable',
  'not-verified': 'verification-failed',
  'not-the-place': 'destination-unusable',
  foreign: 'verification-failed',
  'not-found': 'not-found',
  'not-a-snapshot': 'verification-failed',
  exists: 'conflict',
  'not-empty': 'conflict',
  'bad-argument': 'bad-request',
  cancelled: 'cancelled',
  stalled: 'unreachable',
};

/** What to do, where anyone who failed did not say it. */
const advices: Partial<Record<ErrorCode, string>> = {
  'source-unreadable': 'Fix the cause, or change the source in the configuration, and run the job again',
  'destination-unusable':
    'Check that the destination exists, is connected and writable, or change it in the configuration, and run the job again',
  'no-space': 'Free some space there, keep fewer snapshots, or choose another place',
  unreachable: 'Check that the disk or share is connected and responding, and run the job again',
  'verification-failed': 'Check the disk; the next run copies everything to it again',
};

/** Sorts whatever ended a part of a run into Wardround's own codes, with its text for people. */
export function toRunError(error: unknown): RunError {
  const sorted = error instanceof FileEngineError ? fromFileEngine(error) : error;
  return { code: sorted instanceof WardroundError ? sorted.code : 'internal', text: describeError(sorted) };
}

/** Where the engine's own code says more. */
const engineAdvices: Partial<Record<FileEngineErrorCode, string | undefined>> = {
  // The message says it.
  'not-the-place': undefined,
  foreign: 'Use another snapshot or destination, and check who else can write there',
  'not-a-snapshot': 'Use another snapshot or destination, and check who else can write there',
};

function fromFileEngine(error: FileEngineError): WardroundError {
  const code = codes[error.code];
  const advice = error.code in engineAdvices ? engineAdvices[error.code] : advices[code];
  return new WardroundError(code, error.message, advice, { cause: error });
}

/** What a plugin threw, under the code of what it was called for, with advice where it gave none itself. */
export async function failingAs<T>(code: ErrorCode, work: Promise<T>, advice = advices[code]): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WardroundError) || error.code !== 'plugin-failed') throw error;
    throw new WardroundError(code, error.message, error.advice ?? advice, { cause: error });
  }
}

/** Says of an error which part of the job it is about, such as `source files`. */
export async function naming<T>(part: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WardroundError) || error.code === 'cancelled') throw error;
    throw new WardroundError(error.code, `${part}: ${error.message}`, error.advice, { cause: error });
  }
}
