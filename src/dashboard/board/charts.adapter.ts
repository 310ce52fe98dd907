import { Injectable, Logger } from '@nestjs/common';
import { seesEverything, type Principal } from '../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { describeError } from '../../shared/errors.js';
import type { Instant } from '../../shared/instant.js';
import { toIso } from '../../shared/instant.js';
import { durationSeconds } from '../../shared/schedule.js';
import { checkupResultsSince } from '../../checkups/views/checkup-status/checkup-status.queries.js';
import { chartEnd, drawChart, type Chart } from './chart.js';
import { chartSpanMs } from './chart-slots.js';
import type { CheckupRows } from '../../ward/ward.js';

/**
 * Draws the charts of check-ups. A day of results is some thousand rows; a chart changes only with a new result or when
 * its right edge moves, so it is kept until then.
 */
@Injectable()
export class Charts {
  private readonly logger = new Logger('Board');
  private readonly kept = new Map<string, { readonly key: string; readonly chart: Chart }>();

  async of(
    principal: Principal,
    read: EntityManager,
    checkups: readonly CheckupRows[],
    now: Instant,
    locale: string,
  ): Promise<Map<string, Chart | null>> {
    const charts = new Map<string, Chart | null>();
    for (const checkup of checkups) {
      if (checkup.newest === null) continue;
      charts.set(checkup.id, await this.chartOrNull(principal, read, checkup, now, locale));
    }
    if (seesEverything(principal)) for (const id of this.kept.keys()) if (!charts.has(id)) this.kept.delete(id);
    return charts;
  }

  /** What is wrong with one chart costs no other: its tile says so, and the log why. */
  private async chartOrNull(...of: Parameters<Charts['chart']>): Promise<Chart | null> {
    try {
      return await this.chart(...of);
    } catch (error) {
      this.logger.error(`the chart of ${of[2].id} cannot be drawn: ${describeError(error)}`);
      return null;
    }
  }

  private async chart(
    principal: Principal,
    read: EntityManager,
    checkup: CheckupRows,
    now: Instant,
    locale: string,
  ): Promise<Chart> {
    const { id, definition, newest } = checkup;
    const end = chartEnd(now);
    const key = JSON.stringify([newest?.time, end, definition.every ?? definition.at, locale]);
    const kept = this.kept.get(id);
    if (kept?.key === key) return kept.chart;
    const results = await checkupResultsSince(principal, read, id, toIso(end - chartSpanMs));
    const everyMs = definition.every === undefined ? chartSpanMs : durationSeconds(definition.every) * 1000;
    const chart = drawChart(results, newest?.metrics[0] ?? null, { now, everyMs, locale });
    this.kept.set(id, { key, chart });
    return chart;
  }
}
