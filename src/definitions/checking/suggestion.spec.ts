import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { meant, suggestion, typingErrors } from './suggestion.js';

const keys = ['name', 'title', 'recipientGroups', 'localCopy', 'timeZone', 'sources', 'copies'];

describe('a suggestion for a word no one knows', () => {
  it.each([
    // written          meant
    ['nmae', 'name'],
    ['Name', 'name'],
    ['recipient-groups', 'recipientGroups'],
    ['recipientGroup', 'recipientGroups'],
    ['local_copy', 'localCopy'],
    ['timezone', 'timeZone'],
    ['source', 'sources'],
    ['souces', 'sources'],
    ['retention', null],
    ['x', null],
  ])('%s: %s', (written, expected) => {
    expect(suggestion(written, keys)).toBe(expected);
  });

  it('lists what is known where nothing is near', () => {
    expect(meant('retention', ['name', 'keep'], 'key')).toBe('Known here: name, keep');
    expect(meant('recrods', ['records'], 'backup job')).toBe('Did you mean "records"?');
    expect(meant('records', [], 'backup job')).toBe('No backup job is defined');
  });
});

describe('the number of typing errors', () => {
  it('counts a swap of neighbours once', () => {
    expect(typingErrors('backpu', 'backup')).toBe(1);
    expect(typingErrors('disk', 'risk')).toBe(1);
    expect(typingErrors('', 'abc')).toBe(3);
  });

  it('is the same in both directions, 0 for the same word only, and at most the longer word', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const errors = typingErrors(a, b);
        expect(errors).toBe(typingErrors(b, a));
        expect(errors === 0).toBe(a === b);
        expect(errors).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
