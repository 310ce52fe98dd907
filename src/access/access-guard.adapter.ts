import {
  createParamDecorator,
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { WardroundError } from '../shared/errors.js';
import { requirePermission } from './missing-permission.js';
import type { Need } from './permissions.js';
import type { Principal } from './principal.js';
import { RequestPrincipals } from './request-principals.adapter.js';

const needKey = 'wardround:needs';

/** What a handler needs. One that does not say so is not served. */
export function Needs(need: Need): MethodDecorator {
  return SetMetadata(needKey, need);
}

/** Who asked each request that was let in. */
const asking = new WeakMap<object, Principal>();

/** Lets a request in if who asks has the permission that its handler needs: the one place where that is checked. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(@Inject(RequestPrincipals) private readonly principals: RequestPrincipals) {}

  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    // Set by `Needs` alone.
    const need = Reflect.getMetadata(needKey, handler) as Need | undefined;
    if (need === undefined) throw new WardroundError('internal', `${handler.name} does not say what it needs`);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = this.principals.of(request);
    if (need !== 'nothing') requirePermission(principal, need);
    asking.set(request, principal);
    return true;
  }
}

/** Who asks: a parameter of every handler that reads or changes anything. */
export const Asking = createParamDecorator((_data: undefined, context: ExecutionContext): Principal => {
  const principal = asking.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (!principal) throw new WardroundError('internal', `${context.getHandler().name} was reached without a principal`);
  return principal;
});
