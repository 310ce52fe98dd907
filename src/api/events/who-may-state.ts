import type { Duties } from '../../shared/duties.js';
import type { Fault } from '../problems.js';

/** By `<site>/<server>`, each check-up of a server with the plugin that its definition names, or null. */
export type DefinedCheckups = ReadonlyMap<string, ReadonlyMap<string, string | null>>;

/** Whose result is stated. */
export interface StatedAbout {
  readonly site: string;
  readonly server: string;
  readonly checkup: string;
}

/** So many names are told of what is known. */
const namesTold = 10;

/**
 * Why a result from outside is not taken; null if it is. It must be of a check-up that is defined on a defined server, and that
 * nothing here looks at: with a result of one that Wardround runs itself, anybody could clear its alarm. A hub runs none, so
 * there a `plugin` says what the server runs.
 */
export function refusalOfResult(
  { site, server, checkup }: StatedAbout,
  defined: DefinedCheckups,
  { runsCheckups }: Pick<Duties, 'runsCheckups'>,
): Fault | null {
  const checkups = defined.get(`${site}/${server}`);
  if (!checkups)
    return {
      path: 'data.server',
      message: `no server ${site}/${server} is defined; known: ${named([...defined.keys()])}`,
    };
  const plugin = checkups.get(checkup);
  if (plugin === undefined) {
    const message = `no check-up ${checkup} is defined on ${site}/${server}; known: ${named([...checkups.keys()])}`;
    return { path: 'data.checkup', message };
  }
  if (plugin === null || !runsCheckups) return null;
  return {
    path: 'data.checkup',
    message: `Wardround runs this check-up with the plugin ${plugin}: only check-ups without a plugin accept results from outside`,
  };
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > namesTold ? `, and ${names.length - namesTold} more` : '';
  return `${names.slice(0, namesTold).join(', ')}${more}`;
}
