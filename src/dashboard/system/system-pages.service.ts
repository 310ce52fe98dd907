import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { PLUGIN_HOST, type PluginHost } from '../../plugin-host/plugin-host.js';
import { SystemService } from '../../system/system.service.js';
import { withTimeLimit } from '../../shared/time-limit.adapter.js';
import { parkedId } from '../../folding/parked/parked-place.js';
import { listParked } from '../../folding/parked/parked.queries.js';
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
    @Inject(PLUGIN_HOST) private readonly plugins: Pick<PluginHost, 'problems'>,
  ) {}

  async part(principal: Principal, here: Here): Promise<SystemPart> {
    const [report, parked] = await Promise.all([this.system.report(principal), this.parked(principal)]);
    return systemPart({ report, parked, pluginProblems: this.plugins.problems() }, here);
  }

  private async parked(principal: Principal) {
    try {
      const asked = listParked(principal, this.store.read, {}, { limit: mostParked, after: null });
      const { items, next } = await withTimeLimit(patienceMs, asked);
      return { rows: items.map((row) => ({ ...row, id: parkedId(row) })), more: next !== null };
    } catch {
      return null; // the report says what is wrong with the views' database
    }
  }
}
