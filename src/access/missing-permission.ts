import { WardroundError } from '../shared/errors.js';
import type { Permission } from './permissions.js';
import { refusalOf, type Principal } from './principal.js';

/** Someone may not do what they asked for. */
export class MissingPermission extends WardroundError {
  constructor(
    readonly permission: Permission,
    refusal: string,
  ) {
    super('forbidden', refusal, 'Ask the administrator of this installation for it');
  }
}

/** @throws MissingPermission */
export function requirePermission(principal: Principal, permission: Permission): void {
  const refusal = refusalOf(principal, permission);
  if (refusal !== null) throw new MissingPermission(permission, refusal);
}
