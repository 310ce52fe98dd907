import {
  applyDecorators,
  createParamDecorator,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Post,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { Needs } from '../access/access-guard.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { InvalidRequest } from './problems.js';
import { checkInput } from './request-input.js';
import { routes, type Operation } from './routes.js';
import type { Route } from './route.js';

const routeKey = 'wardround:route';

/** Serves a route of the table: its method, path, status and the permission that it needs come from there. */
export function Serves(operation: Operation): MethodDecorator {
  return ServesRoute(routes[operation]);
}

/** Serves any route. */
export function ServesRoute(route: Route): MethodDecorator {
  const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
  return applyDecorators(
    SetMetadata(routeKey, route),
    Needs(route.needs),
    route.method === 'GET' ? Get(path) : Post(path),
    HttpCode(route.answer.status),
    UseGuards(TokenGuard),
  );
}

/** The checked parameters, query and body of a request: the parameter's type is `InputOf` the same operation. */
export const Input = createParamDecorator((_data: undefined, context: ExecutionContext) => {
  return checkInput(routeOf(context), context.switchToHttp().getRequest<FastifyRequest>());
});

/** In whose name a change is asked for: `api`, or whom someone with the token names. */
export const Actor = createParamDecorator((_data: undefined, context: ExecutionContext): string => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const named = headers[actorHeader];
  if (typeof named === 'string') return named;
  // Browsers name the origin of every change, and only that of the board is let in; programs name none.
  return headers.origin === undefined ? 'api' : 'board';
});

const actorHeader = 'wardround-actor';

/** Lets only those with the token of this process do what its other users on the computer may not. */
@Injectable()
class TokenGuard implements CanActivate {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, method, url } = context.switchToHttp().getRequest<FastifyRequest>();
    const actor = method === 'POST' ? headers[actorHeader] : undefined;
    if (!routeOf(context).token && actor === undefined) return true;
    if (!this.isOurs(headers.authorization)) throw withoutToken(headers.authorization !== undefined);
    if (actor !== undefined && !/^cli:[^\s]{1,100}$/.test(String(actor))) {
      const fault = { path: `header.${actorHeader}`, message: 'must be cli:<user>' };
      throw new InvalidRequest(`${method} ${url}`, [fault]);
    }
    return true;
  }

  /** Compares digests, which have one length, in a time that says nothing of the token. */
  private isOurs(authorization: string | undefined): boolean {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return this.settings.token !== '' && timingSafeEqual(digest(given), digest(this.settings.token));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function withoutToken(givenAnother: boolean): WardroundError {
  return new WardroundError(
    'unauthorized',
    givenAnother ? 'the token of the request is invalid' : 'the request needs the token of this process',
    'Send `Authorization: Bearer <token>`, with the token in process.json of the data folder; it changes with every start',
  );
}

function routeOf(context: ExecutionContext): Route {
  // Set by `ServesRoute` alone.
  const route = Reflect.getMetadata(routeKey, context.getHandler()) as Route | undefined;
  if (!route) throw new WardroundError('internal', `${context.getHandler().name} serves no route of the table`);
  return route;
}
