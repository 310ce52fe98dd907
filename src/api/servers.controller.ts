import { Controller, Inject } from '@nestjs/common';
import { knowledgeNow } from '../checkups/freshness.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { nextDue } from '../timetable/timetable.adapter.js';
import { openAlarms } from '../views/alarms/alarms.queries.adapter.js';
import { checkupStatuses } from '../views/checkup-status/checkup-status.queries.adapter.js';
import { checkupId } from '../views/checkup-status/checkup-status.fold.js';
import { definitionsOf } from '../views/definitions/definitions.queries.adapter.js';
import { runningRuns } from '../views/runs/runs.queries.adapter.js';
import { ViewStore } from '../views/view-store.adapter.js';
import { serverBody } from './mapping.js';
import { serveDefinitions } from './paging.js';
import { Input, Serves } from './route.adapter.js';
import type { AnswerOf, InputOf } from './routes.js';

@Controller()
export class ServersController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Serves('listServers')
  async list(@Input() { query }: InputOf<'listServers'>): Promise<AnswerOf<'listServers'>> {
    const { read } = this.store;
    const servers = await definitionsOf(read, 'server');
    const checkups = await definitionsOf(read, 'checkup');
    const jobs = await definitionsOf(read, 'backup-job');
    const results = new Map((await checkupStatuses(read)).map((row) => [row.id, row]));
    const [alarms, running] = [await openAlarms(read), await runningRuns(read)];
    const now = this.clock.now();
    return serveDefinitions('listServers', query, servers, async (listed) =>
      listed.map((server) => {
        const isHere = (row: { site: string; server: string }) =>
          row.site === server.site && row.server === server.name;
        const looks = checkups.filter(isHere).map(({ site, name, definition }) => {
          const id = checkupId({ site, server: server.name, checkup: name });
          return knowledgeNow(definition, results.get(id) ?? null, now, nextDue);
        });
        return serverBody(server, {
          checkups: looks,
          alarms: alarms.filter(isHere),
          jobs: jobs.filter(isHere).length,
          runningJobs: running.filter(isHere).length,
        });
      }),
    );
  }
}
