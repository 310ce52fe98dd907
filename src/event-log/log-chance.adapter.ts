import { randomBytes, randomInt } from 'node:crypto';

/** The id of a new log. */
export function newLogId(): string {
  return randomBytes(16).toString('base64url');
}

/** What makes the name of an epoch unique: one of nearly three million million. */
export function newChance(): string {
  return Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
}
