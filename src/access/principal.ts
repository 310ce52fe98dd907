import type { ServerAddress } from '../shared/address.js';
import { allPermissions, permissions, type Permission } from './permissions.js';

/** Which servers someone has to do with. A site is all of its servers, also those to come. */
export type Scope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'sites'; readonly sites: readonly string[] }
  | { readonly kind: 'servers'; readonly servers: readonly ServerAddress[] };

export type PrincipalKind =
  /** Wardround's own parts: rules, deliveries, timetables. */
  | 'system'
  /** Anyone who uses the computer that Wardround runs on. */
  | 'local-user';

/** In whose name something is asked or done: what they may do, and to which servers. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** Unique within its kind. */
  readonly id: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly scope: Scope;
}

/** Wardround itself, where it works on its own: no one asked, and nothing is hidden from it. */
export const theSystem: Principal = {
  kind: 'system',
  id: 'wardround',
  permissions: allPermissions,
  scope: { kind: 'everything' },
};

/** The user of the computer: until people can log in, everybody who reaches Wardround, with every permission. */
export function localUser(id: string): Principal {
  return { kind: 'local-user', id, permissions: allPermissions, scope: { kind: 'everything' } };
}

export function seesEverything({ scope }: Pick<Principal, 'scope'>): boolean {
  return scope.kind === 'everything';
}

/** Whether a server is in someone's scope. */
export function sees({ scope }: Pick<Principal, 'scope'>, { site, server }: ServerAddress): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'sites':
      return scope.sites.includes(site);
    case 'servers':
      return scope.servers.some((one) => one.site === site && one.server === server);
  }
}

/** Why someone may not do something; null if they may. */
export function refusalOf(principal: Principal, permission: Permission): string | null {
  const { kind, id } = principal;
  const { on, allows } = permissions[permission];
  if (!principal.permissions.has(permission)) {
    return `the ${kindTexts[kind]} ${id} lacks the permission ${permission} (${allows})`;
  }
  if (on === 'servers' || seesEverything(principal)) return null;
  return `the permission ${permission} (${allows}) is about the whole installation, and the scope of the ${kindTexts[kind]} ${id} is only a part of it`;
}

export function may(principal: Principal, permission: Permission): boolean {
  return refusalOf(principal, permission) === null;
}

const kindTexts: Readonly<Record<PrincipalKind, string>> = { system: 'system', 'local-user': 'local user' };
