import { describe, expect, it } from '@jest/globals';
import { idleReferences } from './idle-references.js';

const secret = '${env:SECRET}';

describe('references', () => {
  it.each([
    ['a parameter of a check-up', { checkups: [{ parameters: { deep: [{ down: secret }] } }] }],
    ['a source', { backups: [{ sources: [{ parameters: { password: secret } }] }] }],
    ['a copy', { backups: [{ copies: [{ parameters: { path: '${data}/x' } }] }] }],
    ['the local copy', { backups: [{ localCopy: { path: '${config}/copies' } }] }],
    ['a channel', { channels: [{ parameters: { token: secret } }] }],
    ['the mail server', { smtp: { password: '${file:/run/secrets/smtp}' } }],
    ['the engines', { eventLog: { brokers: [secret] }, views: { url: secret } }],
    ['nothing that looks like one', { servers: [{ title: 'costs ${5} or $env:X' }] }],
  ])('are looked up in %s', (_, value) => {
    expect(idleReferences(value)).toEqual([]);
  });

  it.each([
    ['servers[0].title', { servers: [{ title: `At ${secret}` }] }],
    ['backups[0].title', { backups: [{ title: '${file:/etc/shadow}' }] }],
    ['backups[0].sources[0].name', { backups: [{ sources: [{ name: secret, parameters: {} }] }] }],
    ['backups[0].localCopy.path.deeper', { backups: [{ localCopy: { path: { deeper: secret } } }] }],
    ['recipientGroups[0].people[0].address', { recipientGroups: [{ people: [{ address: secret }] }] }],
    ['rules[0].advice', { rules: [{ advice: 'See ${data}' }] }],
  ])('are told of where they mean nothing: %s', (path, value) => {
    expect(idleReferences(value)).toEqual([expect.stringContaining(`${path}: references such as`)]);
  });
});
