import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from './bytes.js';
import { FileEngineError, type Keeps, type SnapshotInfo } from './engine-types.js';
import { usingFolder, type OpenFolder } from './open-folder.js';
import { parts } from './places.js';

/** More than any `snapshot.json` has. */
const largestInfo = 65_536;

/** What a snapshot in an opened folder says of itself; null if it cannot be read, or is none. */
export function infoOf(folder: OpenFolder, name: string): SnapshotInfo | null {
  try {
    return usingFolder(folder.child(fromText(name)), (snapshot) => readInfoIn(snapshot));
  } catch {
    return null;
  }
}

function readInfoIn(snapshot: OpenFolder): SnapshotInfo | null {
  const fd = snapshot.openFile(parts.info);
  try {
    const stats = fstatSync(fd);
    return stats.isFile() && stats.size <= largestInfo ? parseInfo(readFileSync(fd), '') : null;
  } finally {
    closeSync(fd);
  }
}

/** @throws FileEngineError `not-a-snapshot` */
export function parseInfo(content: Buffer, folder: string): SnapshotInfo {
  const no = (why: string, cause?: unknown): FileEngineError =>
    new FileEngineError('not-a-snapshot', `${join(folder, parts.info)} ${why}`, folder, { cause });
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw no('is not JSON', error);
  }
  if (!isInfo(value)) throw no('does not describe a snapshot of format version 1 or 2');
  return value;
}

function isInfo(value: unknown): value is SnapshotInfo {
  const fields = fieldsOf(value);
  return (
    fields.format === 'wardround-snapshot' &&
    haveTexts(fields, ['job', 'name', 'server', 'runId', 'startedAt', 'finishedAt', 'manifestSha256']) &&
    ['files', 'directories', 'symlinks', 'bytes'].every((key) => Number.isSafeInteger(fields[key])) &&
    isKeeps(fields.keeps) &&
    (fields.version === 1 || (fields.version === 2 && isOfOneOrigin(fields)))
  );
}

/** The fields of version 1 are kept for older readers, and must say the same. */
function isOfOneOrigin(fields: Record<string, unknown>): boolean {
  const origin = fieldsOf(fields.origin);
  return (
    haveTexts(origin, ['installation', 'site', 'server', 'job', 'runId']) &&
    haveTexts(fieldsOf(fields.signature), ['key', 'value']) &&
    ['server', 'job', 'runId'].every((key) => origin[key] === fields[key])
  );
}

function isKeeps(value: unknown): value is Keeps {
  const fields = fieldsOf(value);
  return ['modes', 'times', 'owners', 'symlinks'].every((key) => typeof fields[key] === 'boolean');
}

function haveTexts(fields: Record<string, unknown>, keys: readonly string[]): boolean {
  return keys.every((key) => typeof fields[key] === 'string');
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
