import type { EntityManager } from 'typeorm';
import { clockTable, type ClockJump } from './clocks.entity.js';

/** The jumps that nothing has made good; those of one installation in the order of the log. */
export async function openClockJumps(read: EntityManager): Promise<readonly ClockJump[]> {
  const clocks = await read.find(clockTable, { order: { installation: 'ASC' } });
  return clocks.flatMap(({ open }) => open);
}

/** Where in the log a person said last that the clock of an installation is right; 0 if nobody ever did. */
export async function clockConfirmedPlace(read: EntityManager, installation: string): Promise<number> {
  return (await read.findOneBy(clockTable, { installation }))?.confirmedPlace ?? 0;
}
