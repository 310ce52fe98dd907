import { describe, expect, it } from '@jest/globals';
import { posix } from 'node:path';
import { samePlaceFaults } from './same-place.js';

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
      expect.objectContaining({ message: expect.stringContaining('where the local copy is made'), also: undefined }),
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
