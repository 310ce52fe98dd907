import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { localUser, type Principal } from './principal.js';

/**
 * Says who asks, for every request: of a browser, of a program, and of the command line, which asks by HTTP as well. The one
 * place where a request gets its principal.
 */
@Injectable()
export class RequestPrincipals {
  private readonly user: Principal;

  constructor(@Inject(SETTINGS) settings: Pick<Settings, 'user'>) {
    this.user = localUser(settings.user);
  }

  of(_request: FastifyRequest): Principal {
    return this.user;
  }
}
