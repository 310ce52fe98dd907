import { backupJobKind } from '../../backups/backup-job.kind.js';
import { Controller, Inject, Res } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import type { FastifyReply } from 'fastify';
import { BackupsService } from '../../backups/backups.service.js';
import { RestoreService } from '../../backups/restore.service.js';
import { readJobs } from '../../ward/ward.adapter.js';
import type { JobRows } from '../../ward/ward.js';
import { addressText } from '../../shared/address.js';
import { takes } from '../../shared/address-filter.js';
import { WardroundError } from '../../shared/errors.js';
import { oneNamed } from '../../shared/named-thing.js';
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
    const all = await definitionsOf(principal, this.store.read, backupJobKind);
    const defined = all.filter((job) => takes(query, job));
    return serveDefinitions('listJobs', query, defined, async (listed) => {
      const now = this.clock.now();
      return (await readJobs(principal, this.store.read, listed, now)).map((job) => bodyOf(job, now));
    });
  }

  @Serves('findJob')
  async find(@Asking() principal: Principal, @Input() { params }: InputOf<'findJob'>): Promise<AnswerOf<'findJob'>> {
    const defined = await definitionsOf(principal, this.store.read, backupJobKind);
    const now = this.clock.now();
    const [job] = await readJobs(
      principal,
      this.store.read,
      [oneNamed(addressText(params), defined, 'backup job')],
      now,
    );
    if (!job) throw new WardroundError('not-found', `unknown backup job "${addressText(params)}"`);
    return bodyOf(job, now);
  }

  @Serves('startRun')
  start(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'startRun'>,
    @Actor() actor: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerOf<'startRun'>> {
    return this.begin(principal, params.name, body, actor, reply);
  }

  @Serves('startRunOnServer')
  startOnServer(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'startRunOnServer'>,
    @Actor() actor: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerOf<'startRunOnServer'>> {
    return this.begin(principal, addressText(params), body, actor, reply);
  }

  @Serves('restore')
  restore(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'restore'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'restore'>> {
    return this.bringBack(principal, params.name, body, actor);
  }

  @Serves('restoreOnServer')
  restoreOnServer(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'restoreOnServer'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'restoreOnServer'>> {
    return this.bringBack(principal, addressText(params), body, actor);
  }

  private async begin(
    principal: Principal,
    job: string,
    { newPlaces }: InputOf<'startRun'>['body'],
    actor: string,
    reply: FastifyReply,
  ) {
    const started = await this.backups.start(principal, job, {
      trigger: 'person',
      plannedFor: null,
      actor,
      ...(newPlaces === undefined ? {} : { newPlaces }),
    });
    const href = runHref(started.runId);
    reply.header('location', href);
    return { ...started, href };
  }

  private bringBack(
    principal: Principal,
    job: string,
    { to, snapshot, destination }: InputOf<'restore'>['body'],
    actor: string,
  ) {
    return this.restores.restore(principal, {
      job,
      to,
      actor,
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(destination === undefined ? {} : { destination }),
    });
  }
}

function bodyOf(job: JobRows, now: Instant): AnswerOf<'listJobs'>['items'][number] {
  const { at, timeZone } = job.definition;
  const next = at === undefined ? null : nextDue({ at, timeZone }, now);
  return jobBody(job, next === null ? null : toIso(next), now);
}
