import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modeAt, type Metadata, type WriteRules } from './metadata.js';

const keeps = { modes: true, times: true, owners: false, symlinks: true };
const snapshot: WriteRules = { keeps, exactModes: false };
const restored: WriteRules = { keeps, exactModes: true };

const anna = { uid: 1000, gid: 1000 };
const of = (mode: number, about: Partial<Metadata> = {}): Metadata => ({ ...anna, mtimeUs: 0, mode, ...about });
const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

describe('the mode of a copy where owners are not kept', () => {
  it.each<[string, number, { uid: number; gid: number }, string, string]>([
    ['of the same owner and group', 0o6755, anna, '6755', '6755'],
    ['F18 kind: a program of another owner', 0o4755, { uid: 1001, gid: 1000 }, '0755', '0755'],
    ['F18 kind: a program of another group', 0o2755, { uid: 1000, gid: 50 }, '0755', '0755'],
    [
      'F18 kind: a program of another owner, whose group it still has',
      0o6755,
      { uid: 1001, gid: 1000 },
      '2755',
      '2755',
    ],
    ['F18 kind: what was for a group, and has another one', 0o660, { uid: 1000, gid: 50 }, '0660', '0600'],
    ['F18 kind: what all may read, of another group', 0o664, { uid: 1000, gid: 50 }, '0664', '0644'],
    ['F18 kind: what a group was kept out of, of another group', 0o607, { uid: 1000, gid: 50 }, '0607', '0607'],
    ['of a shared folder', 0o1777, { uid: 1001, gid: 50 }, '1777', '1777'],
    ['that its owner could not read', 0o040, anna, '0440', '0040'],
  ])('%s: %i', (_what, mode, copy, inSnapshot, afterRestore) => {
    expect(octal(modeAt(of(mode), false, snapshot, copy))).toBe(inSnapshot);
    expect(octal(modeAt(of(mode), false, restored, copy))).toBe(afterRestore);
  });

  it('F18: is never wider than that of the original, no matter who has it', () => {
    const id = fc.integer({ min: 0, max: 3 });
    const modes = fc.integer({ min: 0, max: 0o7777 });
    const owners = fc.record({ uid: id, gid: id });
    fc.assert(
      fc.property(modes, owners, owners, fc.boolean(), (mode, original, copy, isDirectory) => {
        const metadata = of(mode, original);
        expect(octal(modeAt(metadata, isDirectory, restored, copy) & ~mode)).toBe('0000');
        // In a snapshot, who wrote it can read it.
        expect(octal(modeAt(metadata, isDirectory, snapshot, copy) & ~mode & ~0o500)).toBe('0000');
      }),
    );
  });

  it('F18: lets a foreign group do no more than all others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o7777 }), (mode) => {
        const found = modeAt(of(mode), false, restored, { uid: 1000, gid: 50 });
        expect(((found & 0o070) >> 3) & ~(found & 0o007)).toBe(0);
      }),
    );
  });

  it('is the original one where owners are kept', () => {
    expect(modeAt(of(0o6755), false, { keeps: { ...keeps, owners: true }, exactModes: true }, { uid: 7, gid: 7 })).toBe(
      0o6755,
    );
  });
});
