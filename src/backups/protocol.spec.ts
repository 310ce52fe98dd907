import { describe, expect, it } from '@jest/globals';
import { protocolLineSchema } from './backups.events.js';
import { longestProtocol, Protocol } from './protocol.js';

const now = Date.parse('2026-11-22T02:00:00.000Z');

describe('a protocol', () => {
  it('numbers its lines from 1 and signs each with computer, user, step, place and outcome', () => {
    const protocol = new Protocol('RECEPTION-PC', 'anna');
    protocol.line(now, 'prepare', 'begins', { outcome: 'begun' });
    const line = protocol.line(now, 'copy second', 'the disk is full', {
      ...{ level: 'error', outcome: 'failed', place: '/mnt/second' },
    });
    expect(line).toEqual({
      ...{ number: 2, time: '2026-11-22T02:00:00.000Z', level: 'error', step: 'copy second' },
      ...{ computer: 'RECEPTION-PC', user: 'anna', place: '/mnt/second', outcome: 'failed', text: 'the disk is full' },
    });
  });

  it('cuts what is too long for people, in lines that events take', () => {
    const line = new Protocol('PC', 'anna').line(now, 'prepare', 'x'.repeat(5000), { place: 'y'.repeat(5000) });
    expect(line?.text).toBe(`${'x'.repeat(4000)}…`);
    expect(line?.place).toBe(`${'y'.repeat(4000)}…`);
    expect(protocolLineSchema.safeParse(line).success).toBe(true);
  });

  it('is full at some point, then takes errors only, and says how many lines it left out', () => {
    const protocol = new Protocol('PC', 'anna');
    expect(protocol.closing(now, 'tidy up')).toBeNull();
    for (let number = 1; number <= longestProtocol; number++) protocol.line(now, 'copy', 'a warning', {});
    expect(protocol.line(now, 'copy', 'one more', { level: 'warning' })).toBeNull();
    expect(protocol.line(now, 'copy', 'and one', {})).toBeNull();
    expect(protocol.line(now, 'copy', 'the disk is full', { level: 'error' })?.number).toBe(longestProtocol + 1);
    expect(protocol.closing(now, 'tidy up')).toMatchObject({
      ...{ number: longestProtocol + 2, level: 'warning', step: 'tidy up' },
      text: '2 more lines were omitted: a protocol is limited to 10000',
    });
  });
});
