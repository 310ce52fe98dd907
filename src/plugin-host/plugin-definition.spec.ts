import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { definePlugin } from '../../plugins/sdk/plugin.js';
import { parameterFaults, problemOf } from './plugin-definition.js';

const sound = definePlugin({
  kind: 'checkup',
  name: 'sound',
  summary: 'Is sound.',
  parameters: z.object({}),
  run: () => Promise.resolve({ status: 'ok', summary: '' }),
});

describe('a plugin', () => {
  it('is what definePlugin gives back, in a folder of its name', () => {
    expect(problemOf('sound', sound)).toBeNull();
    expect(problemOf('sound-checkup', sound)).toBeNull();
  });

  it('is in the folder of its kind, where the folder of all plugins is divided by kind', () => {
    expect(problemOf('checkups/sound', sound)).toBeNull();
    expect(problemOf('sources/sound', sound)).toBe(
      'its kind is "checkup", so it must be in "checkups/sound", not in "sources/sound"',
    );
    expect(problemOf('checkups/sound-checkup', sound)).toBe(
      'its name is "sound", so its folder must be "checkups/sound", not "checkups/sound-checkup"',
    );
  });

  it.each([
    [undefined, 'its default export is not definePlugin({ … })'],
    [{ ...sound, kind: 'tape' }, 'its kind is wrong: must be checkup, source, destination or channel'],
    [
      { ...sound, name: 'other' },
      'its name is "other", so its folder must be called "other" or "other-checkup", not "sound"',
    ],
    [{ ...sound, parameters: {} }, 'its parameters are not a Zod schema, such as z.object({})'],
    [{ ...sound, run: undefined }, 'a checkup needs the function run'],
    [{ ...sound, kind: 'source' }, 'a source needs the function check and prepare'],
  ])('is not %j: %s', (exported, problem) => {
    expect(problemOf('sound', exported)).toBe(problem);
  });
});

describe('the faults of parameters', () => {
  const schema = z
    .strictObject({
      host: z.string().min(3),
      port: z.number().default(25),
      login: z.union([z.literal('none'), z.strictObject({ user: z.string(), password: z.string().min(8) })]).optional(),
    })
    .refine(({ host }) => host !== 'forbidden', 'must not be forbidden');

  it('are each told with their path', () => {
    expect(parameterFaults(schema, { host: 'x', port: '25', prot: 1 })).toEqual([
      { path: ['host'], message: expect.stringContaining('Too small') },
      { path: ['port'], message: expect.stringContaining('expected number') },
      { path: [], message: 'Unrecognized key: "prot"' },
    ]);
  });

  it('do not count where a reference stands whose value is not known yet', () => {
    const login = { user: 'me', password: '${env:P}' };
    expect(parameterFaults(schema, { host: 'host', port: '${env:PORT}', login })).toEqual([]);
  });

  it('still count beside a reference', () => {
    expect(parameterFaults(schema, { host: '${env:HOST}', prot: 1 })).toMatchObject([
      { message: 'Unrecognized key: "prot"' },
    ]);
  });

  it('tell of a schema that itself fails', () => {
    const failing = z.string().refine(() => {
      throw new Error('oops');
    });
    expect(parameterFaults(failing, 'x')).toEqual([
      { path: [], message: "the plugin's own check of its parameters failed: oops" },
    ]);
  });
});
