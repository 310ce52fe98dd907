import { In, IsNull } from 'typeorm';
import { clockEventTypes } from '../../clock/clock.events.js';
import type { Projection } from '../projection.js';
import { upsert } from '../upsert.adapter.js';
import type { ViewTransaction } from '../view-store.adapter.js';
import { clockJumpTable, type ClockJumpRow } from './clock-jumps.entity.js';
import { foldClockJumps } from './clock-jumps.fold.js';

/** Jumps of computers' clocks, open and past. They are few. */
export const clockView: Projection<ViewTransaction, (typeof clockEventTypes)[number]> = {
  name: 'clock',
  version: 1,
  types: clockEventTypes,
  tables: [clockJumpTable.options.name],
  async project(recorded, tx) {
    const ids = recorded.map(({ event }) => event.id);
    let jumps: readonly ClockJumpRow[] = await tx.find(clockJumpTable, {
      where: [{ endedBecause: IsNull() }, { jumpId: In(ids) }],
      order: { logPlace: 'ASC' },
    });
    for (const { event, position } of recorded) jumps = foldClockJumps(jumps, event, position.offset);
    await upsert(tx, clockJumpTable, jumps);
  },
};
