import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { AcceptanceService } from '../../backups/acceptance.service.js';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import { findRun, listRuns, protocolOf } from '../../backups/views/runs/runs.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { runBody, runWithProtocolBody } from './runs.bodies.js';
import { servePage, timeKeySchema } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class RunsController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AcceptanceService) private readonly acceptance: Pick<AcceptanceService, 'accept'>,
  ) {}

  @Serves('listRuns')
  list(@Asking() principal: Principal, @Input() { query }: InputOf<'listRuns'>): Promise<AnswerOf<'listRuns'>> {
    const { job: name, site, server, outcome } = query;
    const now = this.clock.now();
    const filter = { name, site, server, outcome };
    return servePage(
      'listRuns',
      { ...query },
      timeKeySchema,
      (page) => listRuns(principal, this.store.read, filter, page),
      (run) => runBody(run, now),
    );
  }

  @Serves('acceptRun')
  async accept(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'acceptRun'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'acceptRun'>> {
    await this.acceptance.accept(principal, params.id, { actor, note: body.note ?? '' });
    const run = await findRun(principal, this.store.read, params.id);
    if (!run) throw new WardroundError('not-found', `there is no run "${params.id}"`, 'GET /api/v1/runs lists them');
    return runBody(run, this.clock.now());
  }

  @Serves('findRun')
  async find(
    @Asking() principal: Principal,
    @Input() { params, query }: InputOf<'findRun'>,
  ): Promise<AnswerOf<'findRun'>> {
    // The run before its lines: who sees it ended then sees its last line too.
    const run = await findRun(principal, this.store.read, params.id);
    if (!run) throw new WardroundError('not-found', `there is no run "${params.id}"`, 'GET /api/v1/runs lists them');
    const lines = await protocolOf(principal, this.store.read, run.runId, query.afterLine, query.limit + 1);
    return runWithProtocolBody(run, lines, query, this.clock.now());
  }
}
