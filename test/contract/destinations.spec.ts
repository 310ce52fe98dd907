import { jest } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { destinationContract } from './destination.contract.js';

jest.setTimeout(60_000);

destinationContract('a folder as a destination', {
  pluginsFolder: join(packageRoot, 'dist/plugins'),
  plugin: 'folder',
  parameters: (path) => ({ path }),
  damage: (stored, name) => flip(join(`${stored}.partial`, 'files', 'records', name), 0),
});

destinationContract('a device for one call at a time as a destination', {
  pluginsFolder: join(packageRoot, 'test/fixtures/exclusive-plugins'),
  plugin: 'tape-in-a-file',
  parameters: (device) => ({ device }),
  damage: (stored) => {
    const file = join(stored, readdirSync(stored).find((part) => part.endsWith('.tar')) ?? '');
    flip(file, readFileSync(file).indexOf('one, two'));
  },
});

function flip(file: string, at: number): void {
  const content = readFileSync(file);
  content.writeUInt8(content.readUInt8(at) ^ 1, at);
  writeFileSync(file, content);
}
