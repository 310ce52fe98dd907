import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WardroundError } from '../../shared/errors.js';

/** What this server has routes for, those of the board included. */
export class KnownRoutes {
  private readonly routes: { readonly method: string; readonly parts: readonly string[] }[] = [];

  /** Call it before the first route is made. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ method, url }) => {
      const parts = url.split('/');
      for (const one of [method].flat()) if (one !== 'HEAD') this.routes.push({ method: one, parts });
    });
  }

  /** No route has the path of a request, or none with its method: then the answer names those that there are. */
  notFound({ method, url }: FastifyRequest, reply: FastifyReply): WardroundError {
    const path = url.split('?')[0] ?? '';
    const methods = [...new Set(this.methodsAt(path.split('/')))];
    if (methods.length === 0 || methods.includes(method)) {
      return new WardroundError(
        'not-found',
        `there is nothing at ${path}`,
        'GET /api/v1/openapi.json lists all addresses',
      );
    }
    const known = methods.join(', ');
    reply.header('allow', known);
    return new WardroundError('method-not-allowed', `${path} does not support ${method}`, `It knows ${known}`);
  }

  /** What an address has that has no route for the method that was asked. */
  insteadOf(url: string): 'other-methods' | 'nothing' {
    return this.methodsAt((url.split('?')[0] ?? '').split('/')).length > 0 ? 'other-methods' : 'nothing';
  }

  private methodsAt(given: readonly string[]): readonly string[] {
    return this.routes.filter(({ parts }) => fits(parts, given)).map(({ method }) => method);
  }
}

/** Whether a path, its parts not empty, is one of a route: `/api/v1/runs/:id`. */
function fits(parts: readonly string[], given: readonly string[]): boolean {
  return (
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
