import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access-guard.adapter.js';
import { RequestPrincipals } from './request-principals.adapter.js';

/** Who asks, and whether they may. Needs SETTINGS from a global module. */
@Global()
@Module({
  providers: [RequestPrincipals, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [RequestPrincipals],
})
export class AccessModule {}
