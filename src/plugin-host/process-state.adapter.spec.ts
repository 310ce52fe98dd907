import { describe, expect, it } from '@jest/globals';
import { leftBehind, processState, type ProcessState } from './process-state.adapter.js';

const before: ProcessState = {
  folder: '/',
  umask: 0o077,
  environment: '{"PATH":"/bin"}',
  listeners: 4,
  descriptors: 20,
  resources: { PipeWrap: 3 },
};

describe('what a call leaves behind in its process', () => {
  it.each([
    ['a changed working folder', { folder: '/tmp' }],
    ['another umask', { umask: 0o022 }],
    ['another environment', { environment: '{"PATH":"/bin","LEFT":"x"}' }],
    ['listeners of the process', { listeners: 5 }],
    ['listeners of the process', { listeners: 3 }],
    ['open files', { descriptors: 60 }],
    ['unfinished work (Timeout)', { resources: { PipeWrap: 3, Timeout: 1 } }],
    ['unfinished work (PipeWrap)', { resources: { PipeWrap: 4 } }],
    [null, {}],
    [null, { resources: {} }],
    // What Node opens when it first starts a program.
    [null, { descriptors: 26 }],
  ])('is %s', (what, changed) => {
    expect(leftBehind(before, { ...before, ...changed })).toBe(what);
  });

  it('is seen in this very process', () => {
    const state = processState();
    const timer = setTimeout(() => undefined, 60_000);
    expect(leftBehind(state, processState())).toBe('unfinished work (Timeout)');
    clearTimeout(timer);
    expect(leftBehind(state, processState())).toBeNull();
  });
});
