import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RedactedLines, type LineSource } from './redacted-lines.js';
import { Redactor } from './redaction.js';

function collect(secrets: readonly string[]) {
  const texts: string[] = [];
  const lines = new RedactedLines(new Redactor(secrets), ({ text, place }) =>
    texts.push(place === '' ? text : `${text} @${place}`),
  );
  const push = (text: string, source: LineSource = 'stdout', place = '') =>
    lines.push(source, { level: 'info', text, place });
  return { push, end: () => lines.end(), texts };
}

describe('redacted lines', () => {
  it('S12: hide a secret that continues in the next line, which is waited for', () => {
    const { push, end, texts } = collect(['hunter2-of-mail']);
    push('password: hunter2');
    expect(texts).toEqual([]);
    push('-of-mail is wrong');
    push('done');
    push('again: hunter2-of');
    end();
    expect(texts).toEqual(['password: •••', '••• is wrong', 'done', 'again: hunter2-of']);
  });

  it('S12 kind: hide one in base64 that is folded, and one that colours stand within', () => {
    const folded = Buffer.from('user:hunter2-of-mail').toString('base64');
    const { push, end, texts } = collect(['hunter2-of-mail']);
    push(`AUTH ${folded.slice(0, 14)}`, 'stderr');
    push('meanwhile');
    push(`${folded.slice(14)} refused`, 'stderr');
    push('hun\u001b[31mter2\u001b[0m-of-mail', 'log', '/at/hunter2-of-\u001b[1mmail');
    end();
    expect(texts).toEqual(['meanwhile', expect.stringMatching(/^AUTH .{1,7}•••$/), '••• refused', '••• @/at/•••']);
  });

  it('S12 kind: are cut only after that, and lose what was cut before', () => {
    const { push, end, texts } = collect(['hunter2-of-mail']);
    push(`${'hunter2-of-mail '.repeat(500)}hunter2-of…`);
    push(`${'x'.repeat(3_995)}hunter2-of-mail`);
    end();
    expect(texts.join('')).not.toContain('hun');
    expect(texts[1]).toBe(`${'x'.repeat(3_995)}•••`);
  });

  it('are handed over at once, and in order, where they hold nothing of a secret', () => {
    const { push, texts } = collect(['hunter2']);
    for (const text of ['one', 'two hu', '', 'three']) push(text);
    expect(texts).toEqual(['one', 'two hu', '', 'three']);
  });

  it('S12 kind: never let a secret through, however it was broken', () => {
    const secret = 'k3y-0f-the-clinic';
    const cuts = fc.array(fc.nat(secret.length), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.constantFrom('', 'x', ' k3', 'k3y-'), (places, before) => {
        const { push, end, texts } = collect([secret]);
        const ends = [...new Set([...places, secret.length])].sort((a, b) => a - b);
        let at = 0;
        for (const [index, stop] of ends.entries()) {
          push(`${index === 0 ? before : ''}${secret.slice(at, stop)}`);
          at = stop;
        }
        push('k3y');
        push('the end');
        end();
        const shown = texts.join('').replace(before, '');
        // Of a line that was handed over before the next one came, two characters at most.
        expect(shown.replace('k3ythe end', '').replaceAll('•••', '').length).toBeLessThanOrEqual(2);
        expect(texts).toHaveLength(ends.length + 2);
      }),
    );
  });
});
