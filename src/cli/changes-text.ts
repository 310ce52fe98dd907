import { allKinds } from '../capabilities.js';
import { shortestServerText, type ServerAddress } from '../shared/address.js';
import type { DefinitionChange } from '../configuration/apply-report.js';
import type { Paint, Tone } from './style.js';

const signs: Readonly<Record<DefinitionChange['change'], { readonly sign: string; readonly tone: Tone }>> = {
  added: { sign: '+', tone: 'green' },
  changed: { sign: '~', tone: 'yellow' },
  removed: { sign: '-', tone: 'red' },
};

const titles = new Map(allKinds.map(({ name, title }) => [name, title]));

/**
 * One line a change: `+ check-up load on reception`.
 * @param servers those that there are besides the changed ones: where two have the same name, each is named with its site
 */
export function changeLines(
  changes: readonly DefinitionChange[],
  servers: readonly ServerAddress[],
  paint: Paint,
): readonly string[] {
  const all = [...servers, ...changes.flatMap((change) => serverOf(change) ?? [])];
  return changes.map((change) => {
    const { sign, tone } = signs[change.change];
    const server = serverOf(change);
    const called = server === null ? '' : shortestServerText(server, all);
    const what = change.server === undefined && server !== null ? called : change.name;
    const where = change.server === undefined ? '' : ` on ${called}`;
    return paint(tone, `${sign} ${titles.get(change.kind) ?? change.kind} ${what}${where}`);
  });
}

/** The server that a change is about; null where it holds for the whole installation. */
function serverOf({ site, server, name }: DefinitionChange): ServerAddress | null {
  if (site === undefined) return server === undefined ? null : { site: '', server };
  return { site, server: server ?? name };
}
