import { describe, expect, it } from '@jest/globals';
import { doneWithin, withTimeLimit } from './time-limit.adapter.js';

const longMs = 60_000;
const never = new Promise<never>(() => undefined);

describe('an answer that is waited for', () => {
  it('is given, or thrown, as it comes', async () => {
    await expect(withTimeLimit(longMs, Promise.resolve('here'))).resolves.toBe('here');
    await expect(withTimeLimit(longMs, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('is not waited for longer than was said', async () => {
    const error = { code: 'unreachable', message: 'no response within 0.01 s' };
    await expect(withTimeLimit(10, never)).rejects.toMatchObject(error);
    const late = (why: string) => new TypeError(`the archive: ${why}`);
    await expect(withTimeLimit(10, never, late)).rejects.toThrow(
      new TypeError('the archive: no response within 0.01 s'),
    );
  });

  it('may come to nothing afterwards', async () => {
    let fail: (error: Error) => void = () => undefined;
    const asked = new Promise<never>((_, reject) => (fail = reject));
    await expect(withTimeLimit(1, asked)).rejects.toMatchObject({ code: 'unreachable' });
    fail(new Error('an unhandled rejection would end the process'));
    await expect(asked).rejects.toThrow('an unhandled rejection');
  });

  it('leaves no timer behind', async () => {
    const timers = openTimers();
    await withTimeLimit(longMs, Promise.resolve());
    await doneWithin(longMs, Promise.resolve());
    await expect(withTimeLimit(longMs, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(openTimers()).toBe(timers);
  });
});

describe('work that is waited for', () => {
  it('is done, or is not', async () => {
    await expect(doneWithin(longMs, Promise.resolve(false))).resolves.toBe(true);
    await expect(doneWithin(1, never)).resolves.toBe(false);
  });

  it('fails as it fails', async () => {
    await expect(doneWithin(longMs, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});

function openTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
