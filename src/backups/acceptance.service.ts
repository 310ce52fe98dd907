import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { WardroundError } from '../shared/errors.js';
import { decisionId } from '../shared/ids.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import { findRun } from './views/runs/runs.queries.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from '../folding/views.service.js';
import { backupAccepted } from './backups.events.js';
import { JobDirectory } from './job-directory.service.js';
import { runSubject } from './run-recorder.adapter.js';

/** What people say of suspicious runs. */
@Injectable()
export class AcceptanceService {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(ViewsService) private readonly views: Pick<ViewsService, 'caughtUp'>,
    @Inject(JobDirectory) private readonly jobs: Pick<JobDirectory, 'mustRunHere'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Says that a suspicious run is right. From then on it is the one to compare with, and counts as one that succeeded.
   * @throws WardroundError `not-found`, or `conflict` if the run is not suspicious, and on a hub
   */
  async accept(
    principal: Principal,
    runId: string,
    { actor, note }: { readonly actor: string; readonly note: string },
  ): Promise<void> {
    this.jobs.mustRunHere('accepts no backups');
    const run = await findRun(principal, this.store.read, runId);
    if (!run) throw new WardroundError('not-found', `there is no run "${runId}"`, 'GET /api/v1/runs lists them');
    if (run.outcome !== 'suspicious' || run.completedAt === null) {
      const is = run.acceptedAt === null ? run.outcome : `already accepted by ${run.acceptedBy ?? 'unknown'}`;
      throw new WardroundError(
        'conflict',
        `the run ${runId} of ${run.job} is ${is}`,
        'Only suspicious runs can be accepted',
      );
    }
    const { site, server, job, completedAt } = run;
    const identity = { site, server, job, runId };
    const key = serverKey(site, server);
    const event = fact(backupAccepted, {
      data: { ...identity, note, completedAt },
      ...{ source: key, subject: runSubject(identity), partitionkey: key, actor, now: this.clock.now() },
    });
    // An id that follows from the run: of two people who say it at once, the log keeps the first.
    await this.log.append([{ ...event, id: decisionId(event.type, runId) }]);
    await this.views.caughtUp();
  }
}
