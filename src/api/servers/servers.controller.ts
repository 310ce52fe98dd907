import { serverKind } from '../../servers/server.kind.js';
import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { readWard } from '../../ward/ward.adapter.js';
import { takes } from '../../shared/address-filter.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import { definitionsOf } from '../../definitions/definitions.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { serverBody } from './servers.bodies.js';
import { serveDefinitions } from '../paging.js';
import { Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class ServersController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Serves('listServers')
  async list(
    @Asking() principal: Principal,
    @Input() { query }: InputOf<'listServers'>,
  ): Promise<AnswerOf<'listServers'>> {
    const { read } = this.store;
    const defined = (await definitionsOf(principal, read, serverKind)).filter((server) => takes(query, server));
    const { servers } = await readWard(principal, read, this.clock.now());
    return serveDefinitions('listServers', query, defined, async (listed) =>
      listed.flatMap(({ site, name }) =>
        servers.filter((server) => server.site === site && server.server === name).map(serverBody),
      ),
    );
  }
}
