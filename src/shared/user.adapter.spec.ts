import { describe, expect, it } from '@jest/globals';
import { userInfo } from 'node:os';
import { userName } from './user.adapter.js';

describe('the user that runs Wardround', () => {
  it('is told by name', () => {
    expect(userName()).toBe(userInfo().username);
  });

  it('is told by number where the system has no name', () => {
    const noName = () => {
      throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
    };
    if (process.platform === 'win32') expect(() => userName(noName)).toThrow('ENOENT');
    else expect(userName(noName)).toBe(String(process.getuid?.()));
  });
});
