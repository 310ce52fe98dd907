import { describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openWardround } from '../../src/main.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { Ward, WardProcess, writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(120_000);

function optionsOf(folder: string) {
  const configFile = join(folder, 'wardround.yaml');
  return { configFile, dataFolder: join(folder, 'data'), attended: true };
}

describe('a second program in the way', () => {
  it('that has the port is said with the port and what to do, and everything is closed again', async () => {
    const folder = tempFolder();
    writeConfiguration(folder, {});
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(openWardround({ ...optionsOf(folder), port })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `port ${port} on 127.0.0.1 is in use by another program`,
      advice: expect.stringContaining('--port'),
    });
    other.close();
    await once(other, 'close');
    // Neither the data folder nor the port is held by what failed.
    await (await openWardround({ ...optionsOf(folder), port })).close();
  });

  it('that owns the data folder is named with its process and its board, and is not disturbed', async () => {
    const owner = await WardProcess.openForTest({ configuration: {} });
    const { dataFolder, folder, pid, url } = owner;
    await expect(openWardround({ ...optionsOf(folder), port: 0 })).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: `the data folder ${dataFolder} is in use by process ${pid}, whose board is at ${url}`,
      advice: expect.stringContaining('--data'),
    });
    expect(await owner.get('/healthz')).toMatchObject({ status: 200 });
    await owner.kill();
    const next = await Ward.openForTest({ configuration: {}, folder });
    expect(await next.get('/healthz')).toMatchObject({ status: 200 });
  });
});
