import { describe, expect, it } from '@jest/globals';
import { FileEngineError } from '../../plugins/sdk/index.js';
import { WardroundError } from '../shared/errors.js';
import { failingAs, naming, toRunError } from './run-errors.adapter.js';

describe('what ended a part of a run', () => {
  it('has one of our codes, its own text, and advice', () => {
    const full = new FileEngineError('ENOSPC', 'no space left on /mnt', '/mnt');
    expect(toRunError(full)).toEqual({
      code: 'no-space',
      text: 'no space left on /mnt. Free some space there, keep fewer snapshots, or choose another place',
    });
    expect(toRunError(new WardroundError('conflict', 'it runs', 'Wait'))).toEqual({
      code: 'conflict',
      text: 'it runs. Wait',
    });
    expect(toRunError(new TypeError('x is not a function'))).toEqual({ code: 'internal', text: 'x is not a function' });
    expect(toRunError('thrown as text')).toEqual({ code: 'internal', text: 'thrown as text' });
  });

  it('of a plugin has the code of what it was called for, unless the host knows better', async () => {
    const failed = new WardroundError('plugin-failed', 'tape: torn');
    await expect(failingAs('source-unreadable', Promise.reject(failed))).rejects.toMatchObject({
      ...{ code: 'source-unreadable', message: 'tape: torn', cause: failed },
      advice: expect.stringContaining('Fix the cause'),
    });
    const slow = new WardroundError('plugin-timed-out', 'tape took too long');
    await expect(failingAs('source-unreadable', Promise.reject(slow))).rejects.toBe(slow);
    const advised = new WardroundError('plugin-failed', 'tape: torn', 'Change it');
    await expect(failingAs('destination-unusable', Promise.reject(advised))).rejects.toMatchObject({
      advice: 'Change it',
    });
    await expect(failingAs('destination-unusable', Promise.resolve(1))).resolves.toBe(1);
  });

  it('names its part of the job, but not where someone cancelled it', async () => {
    const error = new WardroundError('no-space', 'sqlite: no room', 'Make room');
    await expect(naming('source patients', Promise.reject(error))).rejects.toMatchObject({
      ...{ code: 'no-space', message: 'source patients: sqlite: no room', advice: 'Make room' },
    });
    const cancelled = new WardroundError('cancelled', 'Wardround was stopped');
    await expect(naming('source patients', Promise.reject(cancelled))).rejects.toBe(cancelled);
  });
});
