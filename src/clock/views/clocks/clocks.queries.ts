import { seesEverything, type Principal } from '../../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { clockTable, type ClockJump } from './clocks.entity.js';

/**
 * The jumps that nothing has made good; those of one installation in the order of the log. They are about no server alone: only
 * who sees everything sees them.
 */
export async function openClockJumps(principal: Principal, read: EntityManager): Promise<readonly ClockJump[]> {
  if (!seesEverything(principal)) return [];
  const clocks = await read.find(clockTable, { order: { installation: 'ASC' } });
  return clocks.flatMap(({ open }) => open);
}

/** Where in the log a person said last that the clock of an installation is right; 0 if no one ever did. */
export async function clockConfirmedPlace(
  principal: Principal,
  read: EntityManager,
  installation: string,
): Promise<number> {
  if (!seesEverything(principal)) return 0;
  return (await read.findOneBy(clockTable, { installation }))?.confirmedPlace ?? 0;
}
