import { describe, expect, it } from '@jest/globals';
import { deviceOf } from './devices.js';

const tape = {
  kind: 'destination',
  name: 'tape',
  summary: '',
  jsonSchema: { properties: { device: { default: '/dev/nst0' }, label: {} } },
  destination: { contract: 2, exclusive: ['device'], resumes: true },
} as const;
const only = (exclusive: true | string[] | null) => ({ ...tape, destination: { ...tape.destination, exclusive } });

describe('the device that a call alone may use', () => {
  it('is the same for all that state the same one, whatever else they state', () => {
    const stated = deviceOf(only(['device']), { device: '/dev/nst0', label: 'a' });
    expect(deviceOf(only(['device']), { device: '/dev/nst0', label: 'b' })).toBe(stated);
    expect(deviceOf(only(['device']), { device: '/dev/nst1' })).not.toBe(stated);
  });

  it('is the one of the schema where none is stated', () => {
    expect(deviceOf(only(['device']), {})).toBe(deviceOf(only(['device']), { device: '/dev/nst0' }));
  });

  it('is one for the whole plugin, or none at all', () => {
    expect(deviceOf(only(true), { device: 'a' })).toBe(deviceOf(only(true), { device: 'b' }));
    expect(deviceOf(only(null), { device: 'a' })).toBeNull();
    expect(deviceOf({ ...tape, destination: null }, {})).toBeNull();
  });
});
