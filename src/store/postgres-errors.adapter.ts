import { codeOf, WardroundError } from '../shared/errors.js';

/** Classes of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) that tell of the server. */
const awayClasses = new Set([
  '08', // the connection broke
  '28', // not let in
  '3D', // no such database
  '40', // this transaction or another one
  '53', // no room, no memory, too many connections
  '57', // it shuts down, starts, or cancelled what took too long
  '58', // its disks
]);
const awayStates = new Set([
  '25006', // a standby: it has not taken over yet
  '25P03', // the transaction waited for us for too long
  '25P04', // the transaction took too long
  '55P03', // someone held a lock for too long
]);
/** Of Node, when it connects or while it is connected. */
const awayCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ...[
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'ENETRESET',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENFILE',
    'ENOENT',
  ],
]);
/** pg and TypeORM say these without a code. */
const awayText =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end|Query runner already released|Database connection provided by a query runner was already released|DataSource is not established|Cannot execute operation)/i;

const collisions = new Set(['40001', '40P01']);
/** Also what someone else's lock, or its own length, did to one transaction: others may be done meanwhile. */
const ofOneTransaction = new Set([...collisions, '25P03', '25P04', '55P03', '57014']);

/** What drivers throw. Told by its fields: errors of Node itself are of another realm where code runs in a VM, as in Jest. */
interface Thrown {
  readonly message: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

function isThrown(error: unknown): error is Thrown {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

/** The five letters and digits in which PostgreSQL says what is wrong; null for errors of others. */
export function sqlState(error: unknown): string | null {
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) && !awayCodes.has(code) ? code : null;
}

/** Whether transactions got in each other's way, so that this one is to be done again. */
export function isCollision(error: unknown): boolean {
  return collisions.has(sqlState(error) ?? '');
}

/** Whether an error says that one transaction failed, and nothing about the server. */
export function isOfOneTransaction(error: unknown): boolean {
  return ofOneTransaction.has(sqlState(error) ?? '');
}

/** See `ViewStore.isAway`. */
export function isPostgresAway(error: unknown): boolean {
  if (!isThrown(error)) return false;
  const state = sqlState(error);
  if (state !== null && (awayClasses.has(state.slice(0, 2)) || awayStates.has(state))) return true;
  return awayCodes.has(codeOf(error)) || awayText.test(error.message) || isPostgresAway(error.cause);
}

/** @param place what was tried, as {@link placeText} says it */
export function explainPostgresError(place: string, error: unknown): WardroundError {
  if (error instanceof WardroundError) return error;
  return new WardroundError('unreachable', `${place}: ${reason(error)}`, advice(error), { cause: error });
}

function reason(error: unknown): string {
  if (!isThrown(error)) return String(error);
  // Where a name has several addresses, each has failed in its way, and the whole says nothing.
  if (error.message === '' && Array.isArray(error.errors)) return [...new Set(error.errors.map(reason))].join('; ');
  return error.message;
}

function advice(error: unknown): string {
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return 'Correct the user or the password in the URL, or allow the user in pg_hba.conf';
    case '3D000':
      return 'Create it with CREATE DATABASE, or correct its name in the URL';
    case '53300':
      return 'Raise max_connections of the server, or reduce the pool size';
    case '42501':
      return 'Make the user the owner of the database, or grant it CREATE on the database and the schema';
    default:
      return 'Check that it is running and reachable from here, or correct the URL';
  }
}
