import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { z } from 'zod';
import { listSnapshots } from '../../backups/views/snapshots/snapshots.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { snapshotBody } from './snapshots.bodies.js';
import { servePage } from '../paging.js';
import { Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

const keySchema = z.object({
  snapshot: z.string(),
  site: z.string(),
  server: z.string(),
  job: z.string(),
  destination: z.string(),
});

@Controller()
export class SnapshotsController {
  constructor(@Inject(ViewStore) private readonly store: ViewStore) {}

  @Serves('listSnapshots')
  list(
    @Asking() principal: Principal,
    @Input() { query }: InputOf<'listSnapshots'>,
  ): Promise<AnswerOf<'listSnapshots'>> {
    const { job: name, site, server } = query;
    return servePage(
      'listSnapshots',
      { ...query },
      keySchema,
      (page) => listSnapshots(principal, this.store.read, { name, site, server }, page),
      snapshotBody,
    );
  }
}
