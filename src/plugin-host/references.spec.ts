import { describe, expect, it } from '@jest/globals';
import { holdsReference, referenceText, resolveReferences, type Reference } from './references.js';

const known: Readonly<Record<string, string>> = {
  '${env:PASSWORD}': 'hunter2',
  '${file:/etc/wardround/key}': 'k3y$&',
  '${data}': '/var/lib/wardround',
};
const resolve = (reference: Reference) => known[referenceText(reference)] ?? null;

describe('references in parameters', () => {
  it.each([
    ['${env:PASSWORD}', true],
    ['smtp://me:${env:PASSWORD}@host', true],
    ['${file:/a path/with blanks}', true],
    ['${data}/copies', true],
    ['$PASSWORD', false],
    ['${PASSWORD}', false],
    ['${env:}', false],
    ['${env:NOT-A-NAME}', false],
  ])('%s holds one: %s', (text, expected) => {
    expect(holdsReference(text)).toBe(expected);
  });

  it('are replaced wherever a string stands, and nothing else is touched', async () => {
    const resolved = await resolveReferences(
      {
        url: 'smtp://me:${env:PASSWORD}@host',
        list: [{ key: '${file:/etc/wardround/key}' }, 3, null],
        to: '${data}/x',
      },
      resolve,
    );
    expect(resolved).toEqual({
      parameters: { url: 'smtp://me:hunter2@host', list: [{ key: 'k3y$&' }, 3, null], to: '/var/lib/wardround/x' },
      secrets: ['hunter2', 'k3y$&'],
      missing: [],
    });
  });

  it('are not looked for in what they mean', async () => {
    const { parameters } = await resolveReferences('${env:OUTER}', ({ kind }) => (kind === 'env' ? '${data}' : 'no'));
    expect(parameters).toBe('${data}');
  });

  it('that mean nothing are all named, with where they stand and what to do', async () => {
    const { missing } = await resolveReferences({ user: '${env:NOBODY}', keys: ['${file:/gone}'] }, resolve);
    expect(missing).toEqual([
      'user: ${env:NOBODY} is not set; set the environment variable NOBODY',
      'keys.0: ${file:/gone} cannot be read; check that the file /gone exists and that Wardround can read it',
    ]);
  });
});
