import { describe, expect, it } from '@jest/globals';
import { judgeEnd, type CallEnd } from './call-end.js';

const end: CallEnd = {
  plugin: 'disk-space',
  outcome: { kind: 'none' },
  stopped: null,
  exitCode: 0,
  signal: null,
  stuck: false,
  heapFull: false,
  timeoutMs: 30_000,
  waitedMs: 0,
  stallMs: 900_000,
  heapMb: 256,
};
const failed = { kind: 'failure', failure: { kind: 'failed', text: 'x' } } as const;

describe('the end of a call', () => {
  it.each<[string, Partial<CallEnd>, string, string]>([
    ['a time limit', { stopped: 'timed-out', signal: 'SIGKILL' }, 'plugin-timed-out', 'did not finish within 30 s'],
    [
      'R10: a time limit, which counts from its start',
      { stopped: 'timed-out', signal: 'SIGKILL', waitedMs: 8_400 },
      'plugin-timed-out',
      'did not finish within 30 s; before that it waited 8.4 s for a free slot',
    ],
    ['a failure after the time limit', { stopped: 'timed-out', outcome: failed }, 'plugin-timed-out', 'within 30 s'],
    [
      'a stall',
      { stopped: 'stalled', signal: 'SIGKILL' },
      'plugin-timed-out',
      'made no progress for 15 min and was stopped',
    ],
    [
      'F11: a process that cannot be killed',
      { stopped: 'timed-out', exitCode: null, stuck: true },
      'plugin-timed-out',
      'within 30 s, and its process cannot be killed: it is waiting for the operating system',
    ],
    ['a cancellation', { stopped: 'cancelled', signal: 'SIGKILL' }, 'cancelled', 'was cancelled'],
    ['a failure', { outcome: failed }, 'plugin-failed', 'disk-space: x'],
    ['a full heap', { heapFull: true, signal: 'SIGABRT' }, 'plugin-out-of-memory', '256 MiB'],
    [
      'a kill by the system',
      { exitCode: null, signal: 'SIGKILL' },
      'plugin-out-of-memory',
      'exceeded its memory limit',
    ],
    ['an exit', { exitCode: 3 }, 'plugin-crashed', 'exited with exit code 3 without a result'],
    ['a crash', { exitCode: null, signal: 'SIGSEGV' }, 'plugin-crashed', 'exited by SIGSEGV'],
  ])('by %s', (_, how, code, text) => {
    const verdict = judgeEnd({ ...end, ...how });
    expect(verdict).toMatchObject({ kind: 'error', error: { code } });
    expect(verdict.kind === 'error' && verdict.error.message).toContain(text);
  });

  it('is good once there is a result, even if the time was up just then', () => {
    const outcome = { kind: 'result', value: 1 } as const;
    expect(judgeEnd({ ...end, outcome, stopped: 'timed-out' })).toEqual({ kind: 'result', value: 1 });
  });
});
