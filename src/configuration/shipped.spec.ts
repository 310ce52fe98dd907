import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Plugin } from '../../plugins/sdk/plugin.js';
import { parameterFaults } from '../plugin-host/plugin-definition.js';
import { fromIso } from '../shared/instant.js';
import { cronFault } from '../timetable/timetable.adapter.js';
import { packageRoot } from '../shared/package.adapter.js';
import diskSpace from '../../plugins/checkups/disk-space/plugin.js';
import email from '../../plugins/channels/email/plugin.js';
import folderDestination from '../../plugins/destinations/folder/plugin.js';
import folderSource from '../../plugins/sources/folder/plugin.js';
import inbox from '../../plugins/channels/inbox/plugin.js';
import load from '../../plugins/checkups/load/plugin.js';
import memory from '../../plugins/checkups/memory/plugin.js';
import sqlite from '../../plugins/sources/sqlite/plugin.js';
import { configurationJsonSchema } from './configuration-file.js';
import { readConfiguration } from './read-configuration.js';
import { schemaNode, type SchemaNode } from '../definitions/checking/schema-hints.js';

const shipped: readonly Plugin[] = [diskSpace, email, folderDestination, folderSource, inbox, load, memory, sqlite];
const textOf = (name: string) => readFile(join(packageRoot, name), 'utf8');

function read(text: string) {
  return readConfiguration(text, '/etc/wardround', {
    plugins: shipped.map(({ kind, name, parameters }) => {
      return { kind, name, jsonSchema: z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' }) };
    }),
    parameterFaults: (kind, name, parameters) =>
      shipped
        .filter((plugin) => plugin.kind === kind && plugin.name === name)
        .flatMap((plugin) => parameterFaults(plugin.parameters, parameters)),
    cronFault: (at, timeZone) => cronFault({ at, timeZone }, fromIso('2026-11-22T08:00:00Z')),
    placeOf: (path) => path,
  });
}

describe('the configuration that is shipped', () => {
  it('is right', async () => {
    expect(read(await textOf('wardround.yaml'))).toMatchObject({ right: true });
  });

  it('backs up what Wardround knows, locally first and then elsewhere, every day', async () => {
    expect(read(await textOf('wardround.yaml'))).toMatchObject({
      configuration: {
        servers: [{ name: 'this-computer' }],
        checkups: [{ name: 'disk-space' }, { name: 'memory' }, { name: 'load' }],
        backups: [
          {
            at: '0 2 * * *',
            sources: [
              { plugin: 'sqlite', parameters: { file: '${data}/wardround.db' } },
              { plugin: 'sqlite', parameters: { file: '${data}/events.db' } },
              { plugin: 'folder', parameters: { paths: ['/etc/wardround/wardround.yaml'] } },
            ],
            localCopy: { path: '${data}/backups/local' },
            copies: [{ name: 'second', parameters: { path: '${data}/backups/second' } }],
          },
        ],
      },
    });
  });

  it('is still right with its examples taken out of their comments', async () => {
    const text = (await textOf('wardround.yaml')).replace(
      /^( *)# ( *(?:- name: it|title: IT|locale|subscriptions|- takes|channel|to:|smtp:|host|port|encryption|user:|password|from).*)$/gm,
      '$1$2',
    );
    expect(text).toMatch(/^smtp:$/m);
    expect(text).toMatch(/^ {2}- name: it$/m);
    expect(read(text)).toMatchObject({ right: true });
  });
});

describe('compose.yaml', () => {
  it('gives its hubs a configuration that is right, and all that it refers to', async () => {
    const { services } = composeSchema.parse(parse(await textOf('compose.yaml'), { merge: true }));
    const hubs = Object.entries(services).filter(([name]) => name.startsWith('hub-'));
    expect(hubs.map(([, { environment }]) => environment['WARDROUND_PORT'])).toEqual(['8321', '8322']);
    for (const [, { environment, volumes }] of hubs) {
      const [file = ''] = volumes[0]?.split(':') ?? [];
      const text = await textOf(file);
      expect(read(text)).toMatchObject({ right: true, configuration: { role: 'hub', eventLog: { engine: 'kafka' } } });
      const referred = [...text.matchAll(/\$\{env:([A-Z_]+)\}/g)].map(([, name = '']) => name);
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(referred));
    }
    const images = Object.values(services).map(({ image }) => image);
    expect(images.filter((image) => !/:[0-9]|:v[0-9]|^wardround:/.test(image))).toEqual([]);
  });
});

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      environment: z.record(z.string(), z.string()).default({}),
      volumes: z.array(z.string()).default([]),
    }),
  ),
});

describe('the JSON Schema for editors', () => {
  // To bring it up to date: npx wardround schema > wardround.schema.json && npx prettier --write wardround.schema.json
  it('is the one that the program checks with', async () => {
    expect(JSON.parse(await textOf('wardround.schema.json'))).toEqual(configurationJsonSchema());
  });

  it('accepts the configuration that is shipped, and no unknown key', async () => {
    const accepts = new Ajv2020({ strict: false }).compile(configurationJsonSchema());
    const shippedValue: unknown = parse(await textOf('wardround.yaml'));
    expect(accepts(shippedValue)).toBe(true);
    expect(accepts({ servers: [{ name: 'a', nmae: 'b' }] })).toBe(false);
  });
});

describe('docs/configuration.md', () => {
  it('explains every key there is', async () => {
    const text = await textOf(join('docs', 'configuration.md'));
    const missing = [...new Set(keysIn(schemaNode(configurationJsonSchema())))].filter(
      (key) => !new RegExp(`\`(?:[A-Za-z]+(?:\\[\\])?\\.)*${key}\``).test(text),
    );
    expect(missing).toEqual([]);
  });
});

function keysIn({ properties = {}, items, anyOf = [], oneOf = [] }: SchemaNode): readonly string[] {
  const inner = [...Object.values(properties), ...(items ? [items] : []), ...anyOf, ...oneOf];
  return [...Object.keys(properties), ...inner.flatMap(keysIn)];
}
