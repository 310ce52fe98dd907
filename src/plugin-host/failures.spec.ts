import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PermanentFailure, RetryableFailure } from '../../plugins/sdk/plugin.js';
import { errorOf, failureOf } from './failures.js';

const withCode = (message: string, code: string, path?: string) => Object.assign(new Error(message), { code, path });

describe('what a plugin throws', () => {
  it.each([
    [new Error('on fire'), 'failed', 'on fire'],
    [new TypeError(''), 'failed', 'TypeError'],
    ['a text', 'failed', 'a text'],
    [undefined, 'failed', 'a value that is not an error was thrown: undefined'],
    [{ status: 500 }, 'failed', 'a value that is not an error was thrown: {"status":500}'],
    [new PermanentFailure('no such mailbox'), 'permanent', 'no such mailbox'],
    [new RetryableFailure('busy'), 'retryable', 'busy'],
    [withCode('ENOENT: no such file or directory', 'ENOENT', '/etc/x.pem'), 'failed', '/etc/x.pem does not exist'],
    [withCode('EACCES: …', 'EACCES', '/root'), 'failed', '/root: permission denied'],
    [withCode('write', 'ENOSPC', '/backup'), 'no-space', 'no space left on the disk of /backup'],
    [withCode('database or disk is full', 'SQLITE_FULL'), 'no-space', 'database or disk is full'],
    [new Error('copy failed', { cause: withCode('quota', 'EDQUOT') }), 'no-space', 'copy failed: quota'],
    [new AggregateError([new Error('no IPv6'), new Error('no IPv4')]), 'failed', 'no IPv6; no IPv4'],
    [withCode('Worker terminated', 'ERR_WORKER_OUT_OF_MEMORY'), 'out-of-memory', 'Worker terminated'],
  ])('%s is %s', (thrown, kind, text) => {
    expect(failureOf(thrown)).toEqual({ kind, text });
  });

  it('is always sorted, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(failureOf(thrown).text).not.toBe('');
      }),
    );
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no');
      },
    });
    expect(failureOf(hostile).kind).toBe('failed');
  });

  it('reaches the caller with the code, the name of the plugin, and the cause that says whether to try again', () => {
    expect(errorOf('email', { kind: 'permanent', text: 'no such mailbox' })).toMatchObject({
      code: 'plugin-failed',
      message: 'email: no such mailbox',
      cause: new PermanentFailure('no such mailbox'),
    });
    expect(errorOf('folder', { kind: 'no-space', text: 'full' })).toMatchObject({
      code: 'no-space',
      message: 'folder: full',
    });
  });
});
