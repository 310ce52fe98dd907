import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicKey, sign, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationFile, openInstallation } from './installation.adapter.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-installation-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the identity of an installation', () => {
  it('is made at the first start, for its owner only, and is the same at the next', () => {
    const first = openInstallation(folder);
    const second = openInstallation(folder);

    expect(first.id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect({ first: first.isNew, second: second.isNew }).toEqual({ first: true, second: false });
    expect(second).toMatchObject({ id: first.id, publicKey: first.publicKey });
    expect(readdirSync(folder)).toEqual(['installation.key']);
    expect(statSync(installationFile(folder)).mode & 0o777).toBe(0o600);
  });

  it('signs what its public key confirms', () => {
    const { publicKey, privateKey } = openInstallation(folder);
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), type: 'spki', format: 'der' });
    const signature = sign(null, Buffer.from('Müller'), privateKey);

    expect(verify(null, Buffer.from('Müller'), key, signature)).toBe(true);
    expect(verify(null, Buffer.from('Mueller'), key, signature)).toBe(false);
  });

  it('is that of no other data folder', () => {
    const other = mkdtempSync(join(tmpdir(), 'wardround-installation-'));
    try {
      expect(openInstallation(folder).id).not.toBe(openInstallation(other).id);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('closes a key that others may read', () => {
    openInstallation(folder);
    chmodSync(installationFile(folder), 0o644);
    openInstallation(folder);

    expect(statSync(installationFile(folder)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['is empty', ''],
    ['is no key', 'hello'],
  ])('is not replaced where the file %s', (_what, text) => {
    writeFileSync(installationFile(folder), text);

    expect(() => openInstallation(folder)).toThrow(/does not contain an Ed25519 private key/);
    expect(statSync(installationFile(folder)).size).toBe(text.length);
  });
});
