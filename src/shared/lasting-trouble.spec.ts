import { beforeEach, describe, expect, it } from '@jest/globals';
import { LastingTrouble } from './lasting-trouble.js';

let lines: string[];
let trouble: LastingTrouble;
beforeEach(() => {
  lines = [];
  trouble = new LastingTrouble({
    error: (text) => lines.push(`error: ${text}`),
    log: (text) => lines.push(`log: ${text}`),
  });
});

describe('trouble that lasts', () => {
  it('is told when it begins and when it is over', () => {
    for (let attempt = 0; attempt < 3; attempt++) trouble.met('nobody answers');
    for (let attempt = 0; attempt < 3; attempt++) trouble.over('it goes on');
    expect(lines).toEqual(['error: nobody answers', 'log: it goes on']);
    trouble.met('nobody answers');
    expect(lines).toHaveLength(3);
  });

  it('is told again when it becomes another, not when it is put in other words', () => {
    trouble.met('connection refused', 'away');
    trouble.met('it starts', 'away');
    trouble.met('no right to write');
    expect(lines).toEqual(['error: connection refused', 'error: no right to write']);
  });

  it('is not told where there is none', () => {
    trouble.over('it goes on');
    expect(lines).toEqual([]);
  });
});
