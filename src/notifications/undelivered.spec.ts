import { describe, expect, it } from '@jest/globals';
import { messageRow } from '../../test/fixtures/clinic-rows.js';
import { decision } from '../event-log/statement.js';
import { toIso } from '../shared/instant.js';
import type { MessageRow } from './views/messages/messages.entity.js';
import { messageDecided } from './notifications.events.js';
import { otherWays } from './other-way.js';
import { recipientGroupDefinitionSchema } from './recipient-group.js';
import { groupsWithoutMailServer, receiversKey, undelivered } from './undelivered.js';

const now = Date.parse('2026-11-22T08:00:00Z');
const minute = 60_000;
const mail = { group: 'it', channel: 'email', to: ['it@clinic.example'] };

function message(id: string, ago: number, row: Partial<MessageRow>): MessageRow {
  return messageRow(id, now - ago, {
    ...mail,
    state: 'failed',
    lastError: '550 no such user',
    deliveredBy: null,
    ...row,
  });
}
const none = new Map<string, string>();

describe('a group that could not be told', () => {
  it('F32: is one whose message was refused for good, at once', () => {
    expect(undelivered([message('m1', minute, {})], none, now)).toEqual([
      {
        ...mail,
        ...{ messageId: 'm1', since: toIso(now - minute), error: '550 no such user', messages: 1, gaveUp: true },
      },
    ]);
  });

  it('F32 kind: is one whose message has been tried for an hour', () => {
    const waiting = (ago: number) => undelivered([message('m1', ago, { state: 'waiting' })], none, now);
    expect(waiting(59 * minute)).toEqual([]);
    expect(waiting(61 * minute)).toMatchObject([{ gaveUp: false }]);
  });

  it('F32 kind: is one whose message no one has tried to send for an hour', () => {
    const untried = message('m1', 61 * minute, { state: 'waiting', attempts: 0, lastError: null });
    expect(undelivered([untried], none, now)).toMatchObject([{ error: null, gaveUp: false }]);
  });

  it('F32: is well again after a later message, and not after an earlier one', () => {
    const failed = [message('m1', 30 * minute, {}), message('m2', 10 * minute, {})];
    const until = (ago: number) => new Map([[receiversKey(mail), toIso(now - ago)]]);
    expect(undelivered(failed, until(5 * minute), now)).toEqual([]);
    expect(undelivered(failed, until(20 * minute), now)).toMatchObject([{ messageId: 'm2', messages: 1 }]);
    expect(undelivered(failed, until(40 * minute), now)).toMatchObject([{ messageId: 'm2', messages: 2 }]);
  });

  it('F32 kind: is distinguished by its addresses', () => {
    const other = message('m2', minute, { to: ['head@clinic.example'] });
    const settled = new Map([[receiversKey(mail), toIso(now)]]);
    expect(undelivered([message('m1', minute, {}), other], settled, now)).toMatchObject([{ messageId: 'm2' }]);
  });

  it('F32 kind: is one that asks for e-mail while there is no mail server', () => {
    const group = recipientGroupDefinitionSchema.parse({
      ...{ name: 'it', title: 'IT', subscriptions: [{ takes: 'alarms', channel: 'email', to: mail.to }] },
    });
    expect(groupsWithoutMailServer([group], false)).toEqual(['IT']);
    expect(groupsWithoutMailServer([group], true)).toEqual([]);
  });
});

describe('another way for a message', () => {
  const decided = (inPlaceOf: { messageId: string; channel: string; to: string[]; error: string } | null = null) => ({
    ...decision(messageDecided, ['m1'], {
      ...{
        source: '/wardround/notifications',
        subject: '/recipient-groups/it/messages/m1',
        partitionkey: '/definitions',
      },
      now: now - minute,
      data: {
        ...{ ...mail, messageId: 'm1', locale: 'en', template: 'backup-failed', reason: 'backup-failed' },
        ...{ about: [], period: null, inPlaceOf },
      },
    }),
    recordedtime: toIso(now),
  });
  const subscriptions = [
    { takes: 'failures-only', channel: 'email', to: mail.to },
    { takes: 'failures-only', channel: 'fax', to: ['+49 30 1234'] },
  ];
  const group = recipientGroupDefinitionSchema.parse({ name: 'it', subscriptions });
  const ways = (gaveUp: boolean, of = decided(), at = now) =>
    otherWays(of, group, { error: '550 no such user', gaveUp, now: at });

  it('F32: is the inbox, and another channel of the group', () => {
    expect(ways(true).map(({ data }) => [data.channel, data.to])).toEqual([
      ['inbox', []],
      ['fax', ['+49 30 1234']],
    ]);
    const inPlaceOf = { messageId: 'm1', channel: 'email', to: mail.to, error: '550 no such user' };
    expect(ways(true)[0]?.data).toMatchObject({ template: 'backup-failed', inPlaceOf });
  });

  it('F32 kind: is taken after an hour of trying too, and once: its id follows from the message', () => {
    expect(ways(false)).toEqual([]);
    const late = ways(false, decided(), now + 60 * minute);
    expect(late.map(({ id }) => id)).toEqual(ways(true).map(({ id }) => id));
  });

  it('F32 kind: is not taken by what goes another way already', () => {
    expect(ways(true, decided({ messageId: 'm0', channel: 'fax', to: [], error: 'busy' }))).toEqual([]);
  });
});
