import { describe, expect, it } from '@jest/globals';
import { StuckCalls, type StuckCall } from './stuck-calls.js';

const since = new Date(2026, 10, 28, 2, 5).getTime();
const hour = 3_600_000;
const stuckOn = (path: string): StuckCall => ({ kind: 'checkup', plugin: 'disk-space', parameters: { path }, since });

describe('calls whose processes cannot be killed', () => {
  it('F11: are not begun again, and it is said since when and how many there are', () => {
    const calls = new StuckCalls(8);
    calls.add(stuckOn('/mnt/a'));
    expect(calls.refusal('checkup', 'disk-space', { path: '/mnt/a' }, since + hour)).toMatch(
      /^was not started: its last process has been stuck since 02:05 \(it is waiting for the operating system.*; 1 process is stuck$/,
    );
    calls.add(stuckOn('/mnt/b'));
    const nextDay = calls.refusal('checkup', 'disk-space', { path: '/mnt/b' }, since + 24 * hour);
    expect(nextDay).toMatch(/since 2026-11-28 02:05 .*; 2 processes are stuck$/);
  });

  it('F11 kind: leave other parameters, other plugins and other kinds alone', () => {
    const calls = new StuckCalls(8);
    calls.add(stuckOn('/mnt/a'));
    expect(calls.refusal('checkup', 'disk-space', { path: '/' }, since)).toBeNull();
    expect(calls.refusal('checkup', 'memory', { path: '/mnt/a' }, since)).toBeNull();
    expect(calls.refusal('source', 'disk-space', { path: '/mnt/a' }, since)).toBeNull();
  });

  it('F11 kind: are so many of a plugin at most, and it is in service again when one has ended', () => {
    const calls = new StuckCalls(2);
    const first = stuckOn('/mnt/a');
    calls.add(first);
    calls.add(stuckOn('/mnt/b'));
    expect(calls.refusal('checkup', 'disk-space', { path: '/' }, since)).toMatch(
      /^was not started: 2 processes of this plugin are stuck/,
    );
    calls.remove(first);
    expect(calls.refusal('checkup', 'disk-space', { path: '/' }, since)).toBeNull();
    expect(calls.refusal('checkup', 'disk-space', { path: '/mnt/a' }, since)).toBeNull();
  });
});
