import { Inject, Injectable } from '@nestjs/common';
import { SystemService } from '../../system/system.service.js';
import { withTimeLimit } from '../../shared/time-limit.adapter.js';
import { listParked, parkedId } from '../../folding/parked/parked.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Here } from '../humanise.js';
import { systemPart, type SystemPart } from './system-page.js';

const mostParked = 200;
const patienceMs = 1_500;

/** Makes the model of the page about Wardround itself. It is there also when the database is not. */
@Injectable()
export class SystemPages {
  constructor(
    @Inject(SystemService) private readonly system: Pick<SystemService, 'report'>,
    @Inject(ViewStore) private readonly store: ViewStore,
  ) {}

  async part(here: Here): Promise<SystemPart> {
    const [report, parked] = await Promise.all([this.system.report(), this.parked()]);
    return systemPart(report, parked, here);
  }

  private async parked() {
    try {
      const asked = listParked(this.store.read, {}, { limit: mostParked, after: null });
      const { items, next } = await withTimeLimit(patienceMs, asked);
      return { rows: items.map((row) => ({ ...row, id: parkedId(row) })), more: next !== null };
    } catch {
      return null; // the report says what is wrong with the views' database
    }
  }
}
