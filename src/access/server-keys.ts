import { parseServerKey } from '../shared/names.js';
import { sees, seesEverything, type Principal } from './principal.js';

/** Whether someone sees what has this partition key, such as an event. */
export function seesKey(principal: Principal, partitionkey: string): boolean {
  if (seesEverything(principal)) return true;
  const server = parseServerKey(partitionkey);
  return server !== null && sees(principal, server);
}
