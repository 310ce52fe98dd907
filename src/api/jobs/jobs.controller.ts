import { backupJobKind } from '../../backups/backup-job.kind.js';
import { Controller, Inject, Res } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import type { FastifyReply } from 'fastify';
import { BackupsService } from '../../backups/backups.service.js';
import { RestoreService } from '../../backups/restore.service.js';
import { readJobs } from '../../ward/ward.adapter.js';
import type { JobRows } from '../../ward/ward.js';
import { CLOCK, toIso, type Clock, type Instant } from '../../shared/instant.js';
import { nextDue } from '../../timetable/timetable.adapter.js';
import { definitionsOf } from '../../definitions/definitions.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { jobBody } from './jobs.bodies.js';
import { runHref } from '../runs/runs.bodies.js';
import { serveDefinitions } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class JobsController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BackupsService) private readonly backups: Pick<BackupsService, 'start'>,
    @Inject(RestoreService) private readonly restores: Pick<RestoreService, 'restore'>,
  ) {}

  @Serves('listJobs')
  async list(@Asking() principal: Principal, @Input() { query }: InputOf<'listJobs'>): Promise<AnswerOf<'listJobs'>> {
    const defined = await definitionsOf(principal, this.store.read, backupJobKind);
    return serveDefinitions('listJobs', query, defined, async (listed) => {
      const now = this.clock.now();
      return (await readJobs(principal, this.store.read, listed, now)).map((job) => bodyOf(job, now));
    });
  }

  @Serves('startRun')
  async start(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'startRun'>,
    @Actor() actor: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerOf<'startRun'>> {
    const { runId } = await this.backups.start(principal, params.name, {
      trigger: 'person',
      plannedFor: null,
      actor,
      ...(body.newPlaces === undefined ? {} : { newPlaces: body.newPlaces }),
    });
    const href = runHref(runId);
    reply.header('location', href);
    return { runId, job: params.name, href };
  }

  @Serves('restore')
  async restore(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'restore'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'restore'>> {
    const { to, snapshot, destination } = body;
    const restored = await this.restores.restore(principal, {
      job: params.name,
      to,
      actor,
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(destination === undefined ? {} : { destination }),
    });
    return { job: params.name, ...restored };
  }
}

function bodyOf(job: JobRows, now: Instant): AnswerOf<'listJobs'>['items'][number] {
  const { at, timeZone } = job.definition;
  const next = at === undefined ? null : nextDue({ at, timeZone }, now);
  return jobBody(job, next === null ? null : toIso(next), now);
}
