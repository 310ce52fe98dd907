import { describe, expect, it } from '@jest/globals';
import { allPermissions } from './permissions.js';
import { localUser, may, refusalOf, sees, theSystem, type Principal, type Scope } from './principal.js';
import { seesKey } from './server-keys.js';

const anna = localUser('anna');
const within = (scope: Scope): Principal => ({ ...anna, scope });

describe('a principal', () => {
  it('may do everything as the local user and as Wardround itself', () => {
    for (const permission of allPermissions) {
      expect(may(anna, permission)).toBe(true);
      expect(may(theSystem, permission)).toBe(true);
    }
  });

  it('is refused what they lack, with its name and what it allows', () => {
    const viewer: Principal = { ...anna, permissions: new Set(['read-status']) };
    expect(may(viewer, 'read-status')).toBe(true);
    expect(refusalOf(viewer, 'restore')).toBe('the local user anna lacks the permission restore (restore a snapshot)');
  });

  it('cannot touch the whole installation from a part of it, not even one that has all permissions', () => {
    const ofSite = within({ kind: 'sites', sites: ['north'] });
    expect(may(ofSite, 'run-backups')).toBe(true);
    expect(refusalOf(ofSite, 'define')).toContain('is about the whole installation');
  });

  it.each<[Scope, boolean, boolean, boolean]>([
    [{ kind: 'everything' }, true, true, true],
    [{ kind: 'sites', sites: ['north'] }, true, true, false],
    [{ kind: 'servers', servers: [{ site: 'north', server: 'pacs' }] }, true, false, false],
    [{ kind: 'sites', sites: [] }, false, false, false],
    [{ kind: 'servers', servers: [] }, false, false, false],
  ])('within %j sees servers by their whole address', (scope, ofNorth, other, ofSouth) => {
    const principal = within(scope);
    expect(sees(principal, { site: 'north', server: 'pacs' })).toBe(ofNorth);
    expect(sees(principal, { site: 'north', server: 'desk' })).toBe(other);
    expect(sees(principal, { site: 'south', server: 'pacs' })).toBe(ofSouth);
    expect(seesKey(principal, '/sites/south/servers/pacs')).toBe(ofSouth);
    expect(seesKey(principal, '/definitions')).toBe(scope.kind === 'everything');
  });
});
