import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addressPatternSchema,
  addressText,
  isNamedBy,
  matches,
  parsePattern,
  parseServerPattern,
  serverText,
  shortestServerText,
  shortestText,
  type Address,
} from './address.js';
import { conditionsOf, takes } from './address-filter.js';
import { AmbiguousAddress, oneNamed, oneServerNamed } from './named-thing.js';

/** Few names, so that things share them. */
const name = fc.constantFrom('a', 'b', 'a-b', 'night', 'nightly');
const address = fc.record({ site: name, server: name, name });
const addresses = fc.uniqueArray(address, { minLength: 1, maxLength: 12, selector: addressText });

const here: Address = { site: 'main', server: 'reception', name: 'nightly' };
const there: Address = { ...here, site: 'north' };
const records: Address = { ...here, name: 'records' };

describe('a pattern', () => {
  it('of a bare name means all that have it', () => {
    const pattern = parsePattern('nightly');
    expect(pattern).toEqual({ site: null, server: null, name: 'nightly' });
    expect([here, there, records].map((one) => pattern && matches(pattern, one))).toEqual([true, true, false]);
  });

  it('may name the server, and the site', () => {
    expect(parsePattern('reception/nightly')).toEqual({ site: null, server: 'reception', name: 'nightly' });
    expect(parsePattern('north/reception/nightly')).toEqual({ site: 'north', server: 'reception', name: 'nightly' });
    expect(parseServerPattern('north/reception')).toEqual({ site: 'north', server: 'reception' });
    expect(isNamedBy(['records', 'north/reception/nightly'], here)).toBe(false);
    expect(isNamedBy(['records', 'north/reception/nightly'], there)).toBe(true);
  });

  it.each(['', '/', 'a/', '/a', 'a//b', 'a/b/c/d', 'Nightly', 'main.reception.nightly', 'a b', '-a', 'a/*', 'ä'])(
    'is not %j',
    (text) => {
      expect(parsePattern(text)).toBeNull();
      expect(addressPatternSchema.safeParse(text).success).toBe(false);
    },
  );

  it('is read or refused, whatever the text, and never thrown at', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parsePattern(text) === null).toBe(!addressPatternSchema.safeParse(text).success);
        expect(() => parseServerPattern(text)).not.toThrow();
      }),
    );
  });

  it('made of a whole address matches that address and no other', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        const pattern = parsePattern(addressText(one));
        expect(pattern).toEqual(one);
        expect(pattern && matches(pattern, other)).toBe(addressText(one) === addressText(other));
      }),
    );
  });

  it('that says less never matches less', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        const texts = [addressText(one), `${one.server}/${one.name}`, one.name];
        const found = texts.map((text) => isNamedBy([text], other));
        expect(found).toEqual([...found].sort((a, b) => Number(a) - Number(b)));
      }),
    );
  });
});

describe('the shortest text', () => {
  it('names the server only where another has a job of that name, and the site only where another has such a server', () => {
    expect(shortestText(here, [here, records])).toBe('nightly');
    expect(shortestText(here, [here, { ...here, server: 'lab' }])).toBe('reception/nightly');
    expect(shortestText(here, [here, there])).toBe('main/reception/nightly');
    expect(shortestServerText(here, [here, there])).toBe('main/reception');
    expect(shortestServerText(here, [here, { ...here, server: 'lab' }])).toBe('reception');
  });

  it('calls that thing, no other, and nothing shorter does', () => {
    fc.assert(
      fc.property(addresses, (all) => {
        for (const one of all) {
          const text = shortestText(one, all);
          expect(oneNamed(text, all, 'job')).toBe(one);
          const shorter = text.split('/').slice(1).join('/');
          if (shorter !== '') expect(() => oneNamed(shorter, all, 'job')).toThrow(AmbiguousAddress);
          expect(addressText(oneNamed(addressText(one), all, 'job'))).toBe(addressText(one));
        }
      }),
    );
  });

  it('of servers does so too', () => {
    const servers = fc.uniqueArray(address, { minLength: 1, maxLength: 8, selector: serverText });
    fc.assert(
      fc.property(servers, (all) => {
        for (const one of all) expect(oneServerNamed(shortestServerText(one, all), all)).toBe(one);
      }),
    );
  });
});

describe('where one thing is meant', () => {
  it('an unknown one is refused with those that are known', () => {
    expect(() => oneNamed('nightlly', [here, there, records], 'backup job')).toThrow(
      'unknown backup job "nightlly"; known: main/reception/nightly, north/reception/nightly, records',
    );
    expect(() => oneNamed('x', [], 'backup job')).toThrow('unknown backup job "x"; none is defined');
    expect(() => oneServerNamed('lab', [here])).toThrow('unknown server "lab"; known: reception');
  });

  it('an ambiguous one is refused with the candidates', () => {
    const refused = () => oneNamed('nightly', [here, there, records], 'backup job');
    expect(refused).toThrow('"nightly" is ambiguous: main/reception/nightly, north/reception/nightly');
    expect(refused).toThrow(expect.objectContaining({ code: 'conflict', advice: 'Give the whole address' }));
  });
});

describe('a filter', () => {
  it('takes what all its parts take', () => {
    expect([here, there, records].filter((one) => takes({ name: 'nightly', site: 'north' }, one))).toEqual([there]);
    expect([here, there].filter((one) => takes({ server: 'reception' }, one))).toEqual([here, there]);
    expect([here, there].filter((one) => takes({ server: 'main/reception', site: 'north' }, one))).toEqual([]);
    expect([here, there].filter((one) => takes({}, one))).toEqual([here, there]);
    expect(takes({ name: 'no such/text/at all/x' }, here)).toBe(false);
  });

  it('agrees with the matcher', () => {
    const text = fc.tuple(fc.array(name, { maxLength: 2 }), name).map(([before, last]) => [...before, last].join('/'));
    fc.assert(
      fc.property(text, address, (pattern, one) => {
        expect(takes({ name: pattern }, one)).toBe(isNamedBy([pattern], one));
      }),
    );
  });

  it('asks each part of the address that it names', () => {
    expect(conditionsOf({ name: 'reception/nightly', site: 'main' })).toEqual([
      { part: 'site', is: 'main' },
      { part: 'server', is: 'reception' },
      { part: 'name', is: 'nightly' },
    ]);
  });
});
