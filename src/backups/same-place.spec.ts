import { describe, expect, it } from '@jest/globals';
import { posix } from 'node:path';
import { nestedPlaceFaults, samePlaceFaults } from './same-place.js';

interface Copy {
  readonly name: string;
  readonly plugin?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const folder = (name: string, path: string): Copy => ({ name, parameters: { path } });

/** Of each fault: its path, its message, and the path of the place it collides with. */
function faultsOf(localCopy: string | null, ...copies: readonly Copy[]) {
  const job = { localCopy: { path: localCopy }, copies: copies.map((copy) => ({ plugin: null, ...copy })) };
  return samePlaceFaults(job, ['backups', 0], (path) => posix.resolve(path)).map(({ path, message, alsoAt }) => ({
    at: path.join('.'),
    also: alsoAt?.join('.'),
    message,
  }));
}

describe('places of a job', () => {
  it('F40: of two copies are told when they are one', () => {
    expect(faultsOf(null, folder('first', '/b'), folder('second', '/b'))).toEqual([
      {
        at: 'backups.0.copies.1.parameters.path',
        also: 'backups.0.copies.0.parameters.path',
        message: 'the copy "second" goes to "/b", the place of "first"',
      },
    ]);
  });

  it('F40 kind: are told when a copy goes to where the local copy is', () => {
    expect(faultsOf('/b', folder('first', '/b/x/..'))).toEqual([
      expect.objectContaining({
        also: 'backups.0.localCopy.path',
        message: 'the copy "first" goes to "/b/x/..", which is "/b", the place of "local-copy"',
      }),
    ]);
  });

  it('F40 kind: are told when a copy goes to where a local copy is made for the time of a run', () => {
    expect(faultsOf(null, folder('first', '${data}/staging'))).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('the folder of temporary local copies'),
        also: undefined,
      }),
    ]);
    expect(faultsOf('/b', folder('first', '${data}/staging'))).toEqual([]);
  });

  it('F40 kind: are told when they are those of another plugin with the same parameters', () => {
    const tape = (name: string, drive: string): Copy => ({ name, plugin: 'tape', parameters: { drive, eject: true } });
    expect(faultsOf(null, tape('a', '/dev/nst0'), tape('b', '/dev/nst0'))).toHaveLength(1);
    expect(faultsOf(null, tape('a', '/dev/nst0'), tape('b', '/dev/nst1'))).toEqual([]);
  });

  it('F40 kind: are each told once where there are three', () => {
    const places = faultsOf('/b', folder('first', '/b/'), folder('second', '/b'));
    expect(places.map(({ also }) => also)).toEqual(['backups.0.localCopy.path', 'backups.0.localCopy.path']);
  });
});

interface Job {
  readonly name: string;
  readonly server?: string;
  readonly localCopy: string | null;
  readonly copies?: readonly Copy[];
}

function nestedIn(...jobs: readonly Job[]) {
  const drafts = jobs.map(({ name, server, localCopy, copies = [] }) => ({
    ...{ name, server: server ?? null, localCopy: { path: localCopy } },
    copies: copies.map((copy) => ({ plugin: null, ...copy })),
  }));
  const placeOf = (path: string) => posix.resolve(path);
  return nestedPlaceFaults(drafts, ['backups'], { placeOf, serverOf: (called) => called ?? 'reception' }).map(
    ({ path, message, alsoAt }) => ({ at: path.join('.'), also: alsoAt?.join('.'), message }),
  );
}

describe('a place of a job', () => {
  it('is refused in the folder that another job makes for its snapshots, with both names', () => {
    const records = { name: 'records', localCopy: '/b' };
    expect(nestedIn(records, { name: 'letters', localCopy: null, copies: [folder('usb', '/b/records/usb')] })).toEqual([
      {
        at: 'backups.1.copies.0.parameters.path',
        also: 'backups.0.localCopy.path',
        message:
          'the copy "usb" of the job "letters" goes to "/b/records/usb", which lies in the folder for snapshots of the job "records", "/b/records"',
      },
    ]);
    expect(nestedIn({ name: 'letters', localCopy: '/b/x/../records' }, records)).toEqual([
      expect.objectContaining({ at: 'backups.0.localCopy.path', also: 'backups.1.localCopy.path' }),
    ]);
  });

  it('is refused in the folder that the job itself makes at another place', () => {
    expect(nestedIn({ name: 'records', localCopy: '/b', copies: [folder('usb', '/b/records')] })).toHaveLength(1);
  });

  it('may be that of another job, be beside its folder, or be on another server', () => {
    const records = { name: 'records', localCopy: '/b' };
    expect(nestedIn(records, { name: 'letters', localCopy: '/b' })).toEqual([]);
    expect(nestedIn(records, { name: 'letters', localCopy: '/b/records-of-letters' })).toEqual([]);
    expect(nestedIn(records, { name: 'letters', localCopy: '/b/letters' })).toEqual([]);
    expect(nestedIn(records, { name: 'letters', server: 'x-ray', localCopy: '/b/records/x' })).toEqual([]);
    expect(nestedIn(records, { name: 'letters', server: 'reception', localCopy: '/b/records/x' })).toHaveLength(1);
  });
});
