import { describe, expect, it } from '@jest/globals';
import type { PluginLine } from './plugin-host.js';
import { PrintedOutput, tidyLine } from './printed-output.js';

function collect(characters: number, takeBack = 0) {
  const lines: PluginLine[] = [];
  const output = new PrintedOutput({ characters, takeBack, onLine: (line) => lines.push(line) });
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

  it('loses the end of a line that was cut, which may be the beginning of a secret', () => {
    const { output, texts } = collect(10, 4);
    output.push('stdout', 'user huntXXX');
    output.end();
    expect(texts()[0]).toBe('info: user h');
  });

  it('is tidied: no colours, no control characters, no endless lines', () => {
    expect(tidyLine('\u001b[31mred\u001b[0m\u0007\tx')).toBe('red \tx');
    expect(tidyLine('x'.repeat(10_000))).toHaveLength(4001);
  });
});
