import { sees, seesEverything, type Principal } from '../access/principal.js';
import type { About } from './notifications.events.js';

/**
 * Whether someone may see a message: all that it is about must be in their scope, since its text tells of all of it.
 * What is about nothing, such as a digest without runs, is for those who see everything.
 */
export function seesMessage(principal: Principal, about: readonly About[]): boolean {
  if (seesEverything(principal)) return true;
  return about.length > 0 && about.every(({ ref }) => isSeen(principal, ref));
}

/** The sites of which someone sees anything; null if that is all. */
export function sitesSeen({ scope }: Principal): readonly string[] | null {
  switch (scope.kind) {
    case 'everything':
      return null;
    case 'sites':
      return scope.sites;
    case 'servers':
      return [...new Set(scope.servers.map(({ site }) => site))];
  }
}

function isSeen(principal: Principal, { site, server }: About['ref']): boolean {
  return site !== undefined && server !== undefined && sees(principal, { site, server });
}
