import { IsNull, type EntityManager } from 'typeorm';
import { clockJumpTable, type ClockJumpRow } from './clock-jumps.entity.js';

/** The jumps that nothing has made good, in the order of the log. */
export function openClockJumps(read: EntityManager): Promise<ClockJumpRow[]> {
  return read.find(clockJumpTable, { where: { endedBecause: IsNull() }, order: { logPlace: 'ASC' } });
}

/** Where in the log a person said last that the clock of an installation is right; 0 if nobody ever did. */
export async function clockConfirmedPlace(read: EntityManager, installation: string): Promise<number> {
  const [last] = await read.find(clockJumpTable, {
    where: { installation, endedBecause: 'confirmed' },
    order: { endedPlace: 'DESC' },
    take: 1,
  });
  return last?.endedPlace ?? 0;
}
