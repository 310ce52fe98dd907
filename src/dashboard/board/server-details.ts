import type { ProtocolLineRow } from '../../backups/views/runs/runs.entity.js';
import type { Chart } from './chart.js';

/** What is only shown, and costs more to read. What a part of the page does not show may be left empty. */
export interface ServerDetails {
  /** By the check-up's id. */
  readonly charts: ReadonlyMap<string, Chart | null>;
  /** By run: the newest lines of the protocol, in order. */
  readonly newestLines: ReadonlyMap<string, readonly ProtocolLineRow[]>;
  /** By run that is not completed: the destinations with a verified snapshot of it. */
  readonly verified: ReadonlyMap<string, readonly string[]>;
}
