import { describe, expect, it } from '@jest/globals';
import { testContext } from '../../sdk/testing.js';
import inbox from './plugin.js';

describe('the inbox', () => {
  it('takes every message', async () => {
    const message = { id: 'm1', to: [], subject: 'Backup failed', text: '', html: '' };
    await expect(inbox.send({ ...testContext(inbox, {}), message })).resolves.toEqual({
      receipt: 'shown in the inbox',
    });
  });
});
