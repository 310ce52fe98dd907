import type { DefinitionChange } from '../configuration/apply-report.js';
import type { Paint, Tone } from './style.js';

const signs: Readonly<Record<DefinitionChange['change'], { readonly sign: string; readonly tone: Tone }>> = {
  added: { sign: '+', tone: 'green' },
  changed: { sign: '~', tone: 'yellow' },
  removed: { sign: '-', tone: 'red' },
};

const kinds: Readonly<Record<DefinitionChange['kind'], string>> = {
  server: 'server',
  checkup: 'check-up',
  'backup-job': 'backup job',
  rule: 'rule',
  'recipient-group': 'recipient group',
  channel: 'channel',
};

/** One line a change: `+ check-up load on reception`. */
export function changeLines(changes: readonly DefinitionChange[], paint: Paint): readonly string[] {
  return changes.map(({ kind, name, server, change }) => {
    const { sign, tone } = signs[change];
    return paint(tone, `${sign} ${kinds[kind]} ${name}${server === undefined ? '' : ` on ${server}`}`);
  });
}
