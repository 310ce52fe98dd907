import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import type { z } from 'zod';
import { listSnapshots } from '../../backups/views/snapshots/snapshots.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Ward } from '../../ward/ward.js';
import type { Here } from '../humanise.js';
import { checkQuery } from '../list-query.js';
import { href, itemsPerPage, jobLinks, pager } from '../lists.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';
import { jobTitles, serverTitles } from '../titles.js';
import { snapshotCards } from './snapshot-cards.js';
import { snapshotsQuerySchema } from './snapshots-query.js';

/** Makes the model of the list of snapshots. */
@Injectable()
export class SnapshotPages implements Page {
  readonly needs = 'read-status';
  readonly sections: Page['sections'] = {
    snapshots: async ({ principal, query, rows, here }) =>
      this.templates.part(
        'section-snapshots',
        await this.snapshots(principal, checkQuery(snapshotsQuerySchema, query), rows, here),
      ),
  };

  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  async snapshots(principal: Principal, { job, after }: z.output<typeof snapshotsQuerySchema>, rows: Ward, here: Here) {
    const filter = job === undefined ? {} : { job };
    const page = await listSnapshots(
      principal,
      this.store.read,
      { name: job },
      { limit: itemsPerPage, after: after ?? null },
    );
    return {
      snapshots: snapshotCards(page.items, { job: jobTitles(rows), server: serverTitles(rows.servers) }, here),
      filtered: job !== undefined,
      src: href('/fragments/snapshots', filter),
      pager: pager('/snapshots', filter, page.next && { after: JSON.stringify(page.next) }, after !== undefined),
      jobs: jobLinks('/snapshots', rows, filter),
    };
  }
}
