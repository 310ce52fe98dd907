import { isAt, parseServerPattern, type ServerAddress } from '../../shared/address.js';
import type { MessageSubscription } from '../recipient-group.js';

/** Whether a subscription wants to hear of a server at all. */
export function takesServer(
  { sites, servers }: Pick<MessageSubscription, 'sites' | 'servers'>,
  address: ServerAddress,
): boolean {
  if (sites !== undefined && !sites.includes(address.site)) return false;
  if (servers === undefined) return true;
  return servers.some((text) => {
    const pattern = parseServerPattern(text);
    return pattern !== null && isAt(pattern, address);
  });
}
