import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  epochAfter,
  epochNumber,
  epochOf,
  epochSchema,
  isRestored,
  judgeAcknowledgement,
  judgeEpoch,
  type LogMark,
} from './log-identity.js';

const id = 'bG9nIG9uZSBsb2cgb25lIG';
const other = 'bG9nIHR3byBsb2cgdHdvIG';
const mark: LogMark = { log: id, epoch: '2-aaaaaaaa', head: 100, isOriginal: true };
const identity = { id, epoch: '2-aaaaaaaa' };

describe('the epoch of a log that is opened', () => {
  it.each([
    ['that its mark knows goes on', { identity, head: 100, mark }, null],
    ['whose last commits the mark missed goes on', { identity, head: 120, mark }, null],
    ['without its mark was brought here', { identity, head: 100, mark: null }, 'mark-missing'],
    ['that lacks what was seen of it was put back', { identity, head: 99, mark }, 'behind-mark'],
    ['of another branch was put here', { identity: { id, epoch: '2-bbbbbbbb' }, head: 200, mark }, 'other-than-marked'],
    [
      'that is another log was put here',
      { identity: { ...identity, id: other }, head: 200, mark },
      'other-than-marked',
    ],
    ['with a copy of its mark is a copy', { identity, head: 100, mark: { ...mark, isOriginal: false } }, 'mark-copied'],
    ['that is new is its first', { identity: null, head: 0, mark: null }, 'new-log'],
    ['that is new, in the place of a lost one, is its first', { identity: null, head: 0, mark }, 'new-log'],
    ['of an older version is epoch 1', { identity: null, head: 7, mark: null }, 'first-identity'],
    ['of an older version, put back, is not', { identity: null, head: 7, mark }, 'behind-mark'],
  ])('%s', (_which, opened, because) => {
    const verdict = judgeEpoch(opened);
    expect(verdict.epoch === 'begins' ? verdict.because : null).toBe(because);
  });

  it('keeps the id of the log, and counts on from the newest epoch that is known', () => {
    expect(judgeEpoch({ identity: { id, epoch: '1' }, head: 5, mark })).toMatchObject({ id, before: '2-aaaaaaaa' });
    expect(judgeEpoch({ identity: null, head: 5, mark })).toMatchObject({ id, before: '2-aaaaaaaa' });
    expect(judgeEpoch({ identity: { id: other, epoch: '7' }, head: 5, mark })).toMatchObject({
      id: other,
      before: '7',
    });
  });

  it('never continues where anything of it may have been counted already', () => {
    const epochs = fc.constantFrom('1', '2-aaaaaaaa', '2-bbbbbbbb', '3-aaaaaaaa');
    const logs = fc.constantFrom(id, other);
    const marks = fc.record({ log: logs, epoch: epochs, head: fc.nat(5), isOriginal: fc.boolean() });
    fc.assert(
      fc.property(
        fc.record({
          identity: fc.record({ id: logs, epoch: epochs }),
          head: fc.nat(5),
          mark: fc.option(marks),
        }),
        ({ identity, head, mark }) => {
          const goesOn = judgeEpoch({ identity, head, mark }).epoch === 'goes-on';
          const same = mark?.log === identity.id && mark.epoch === identity.epoch && mark.isOriginal;
          expect(goesOn).toBe(same && mark.head <= head);
        },
      ),
    );
  });
});

describe('the names of epochs', () => {
  it('count, and are distinguished by chance', () => {
    expect([epochAfter(null, 'k3f9x2ab'), epochAfter('1', 'k3f9x2ab'), epochAfter('9-zzzzzzzz', 'k3f9x2ab')]).toEqual([
      ...['1-k3f9x2ab', '2-k3f9x2ab', '10-k3f9x2ab'],
    ]);
    expect(epochNumber('10-k3f9x2ab')).toBe(10);
    expect(() => epochAfter('1', 'K3F9')).toThrow('must be an epoch');
  });

  it.each(['', '0', '01', '1-', '1-short', '1-waytoolongone', 'x-k3f9x2ab', '1\n'])('%j is none', (text) => {
    expect(epochSchema.safeParse(text).success).toBe(false);
  });

  it('belong to numbered events only; those from before count in epoch 1', () => {
    expect([epochOf({}), epochOf({ sequence: '1' }), epochOf({ sequence: '1', epoch: '2-k3f9x2ab' })]).toEqual([
      ...[null, '1', '2-k3f9x2ab'],
    ]);
  });
});

it('a moved folder is not a restored log, and neither is a new one', () => {
  expect(
    ['mark-missing', 'behind-mark', 'other-than-marked'].every((reason) => isRestored(reason as 'mark-missing')),
  ).toBe(true);
  expect([isRestored('mark-copied'), isRestored('new-log'), isRestored('first-identity')]).toEqual([
    false,
    false,
    false,
  ]);
});

describe('what another side has acknowledged', () => {
  const own = { log: id, epoch: '2-aaaaaaaa', sequence: 10 };

  it.each([
    ['nothing', null, { goesOnBehind: 0 }],
    ['some', { ...own, sequence: 7 }, { goesOnBehind: 7 }],
    ['all', own, { goesOnBehind: 10 }],
    ['more than there is', { ...own, sequence: 11 }, { goesOnBehind: null, because: 'ahead-of-log' }],
    ['some of another epoch', { ...own, epoch: '1' }, { goesOnBehind: 0, because: 'other-epoch' }],
    ['some of another log', { ...own, log: other }, { goesOnBehind: 0, because: 'other-log' }],
  ])('is %s', (_what, theirs, verdict) => {
    expect(judgeAcknowledgement(own, theirs)).toEqual(verdict);
  });
});
