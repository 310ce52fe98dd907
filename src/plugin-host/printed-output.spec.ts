import { describe, expect, it } from '@jest/globals';
import type { PluginLine } from './plugin-host.js';
import { cutLine, plainText, PrintedOutput } from './printed-output.js';

function collect(characters: number) {
  const lines: PluginLine[] = [];
  const output = new PrintedOutput({ characters, onLine: (line) => lines.push(line) });
  return { output, texts: () => lines.map(({ level, text }) => `${level}: ${text}`) };
}

describe('what a plugin prints', () => {
  it('becomes lines, however it was cut into pieces, each stream for itself', () => {
    const { output, texts } = collect(1000);
    output.push('stdout', 'first li');
    output.push('stderr', 'oh no\r\n');
    output.push('stdout', 'ne\n\nsecond');
    output.end();
    expect(texts()).toEqual(['warning: oh no', 'info: first line', 'info: second']);
  });

  it('is cut at the cap, and says so', () => {
    const { output, texts } = collect(2048);
    for (let index = 0; index < 1000; index++) output.push('stdout', `${'x'.repeat(1023)}\n`);
    output.end();
    expect(texts()).toEqual([
      `info: ${'x'.repeat(1023)}`,
      `info: ${'x'.repeat(1023)}`,
      'warning: output cut after 2 KiB',
    ]);
  });

  it('ends with a mark where a line was cut, which may be within a secret', () => {
    const { output, texts } = collect(9);
    output.push('stdout', 'user huntXXX');
    output.end();
    expect(texts()[0]).toBe('info: user hunt…');
  });

  it('is tidied: no colours, no links for a terminal, no control characters, no endless lines', () => {
    expect(plainText('\u001b[31mred\u001b[0m\u0007\tx')).toBe('red \tx');
    expect(plainText('\u001b]8;;https://example.org\u0007link\u001b]8;;\u001b\\')).toBe('link');
    expect(cutLine('x'.repeat(10_000))).toHaveLength(4001);
  });
});
