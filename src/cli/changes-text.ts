import { allKinds } from '../capabilities.js';
import type { DefinitionChange } from '../configuration/apply-report.js';
import type { Paint, Tone } from './style.js';

const signs: Readonly<Record<DefinitionChange['change'], { readonly sign: string; readonly tone: Tone }>> = {
  added: { sign: '+', tone: 'green' },
  changed: { sign: '~', tone: 'yellow' },
  removed: { sign: '-', tone: 'red' },
};

const titles = new Map(allKinds.map(({ name, title }) => [name, title]));

/** One line a change: `+ check-up load on reception`. */
export function changeLines(changes: readonly DefinitionChange[], paint: Paint): readonly string[] {
  return changes.map(({ kind, name, server, change }) => {
    const { sign, tone } = signs[change];
    return paint(tone, `${sign} ${titles.get(kind) ?? kind} ${name}${server === undefined ? '' : ` on ${server}`}`);
  });
}
