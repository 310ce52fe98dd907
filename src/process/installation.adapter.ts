import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WardroundError } from '../shared/errors.js';
import type { Installation } from '../shared/installation.js';

/** Where a data folder keeps its key. Only the folder's owner can read it. */
export function installationFile(dataFolder: string): string {
  return join(dataFolder, 'installation.key');
}

/**
 * The identity of a data folder, whose lock the caller holds; made at the first start.
 * @throws WardroundError `configuration-invalid` if the file is there and holds no Ed25519 key: a new key in its place would
 * make this installation a stranger to its own snapshots.
 */
export function openInstallation(dataFolder: string): Installation {
  const file = installationFile(dataFolder);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  const isNew = stats === undefined;
  if (isNew) makeKey(dataFolder, file);
  else if (stats.isFile() && (stats.mode & 0o077) !== 0) chmodSync(file, 0o600);
  const key = readKey(file);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    id: createHash('sha256').update(spki).digest('base64url').slice(0, 22),
    publicKey: spki.toString('base64url'),
    isNew,
    privateKey: key,
  };
}

/** Under its name only when it is whole on the disk: after a kill there is a key or none. */
function makeKey(dataFolder: string, file: string): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${randomUUID()}`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(fd, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, file);
  syncFolder(dataFolder);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // Windows opens no folders.
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new TypeError(`it contains a key of type ${String(key.asymmetricKeyType)}`);
  } catch (error) {
    throw new WardroundError(
      'configuration-invalid',
      `${file} does not contain an Ed25519 private key (PEM), so this installation cannot prove that its snapshots are its own`,
      'Restore the file from a copy. Or move it away: the next start creates a new key, and the existing snapshots of this installation at ' +
        'destinations will then count as those of another one',
      { cause: error },
    );
  }
}
