import { describe, expect, it } from '@jest/globals';
import { refusalOf, type RequestHead } from './admission.js';

const ask: RequestHead = {
  method: 'GET',
  host: '127.0.0.1:8321',
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  contentType: undefined,
  mediaTypes: ['application/json'],
  contentEncoding: undefined,
};
const change: RequestHead = { ...ask, method: 'POST', contentType: 'application/json' };

describe('a request is let in', () => {
  it.each<[string, RequestHead]>([
    ['from a program on this computer', ask],
    ['for localhost', { ...ask, host: 'localhost:8321' }],
    ['for LOCALHOST', { ...ask, host: 'LOCALHOST:8321' }],
    ['for the loopback of IPv6', { ...ask, host: '[::1]:8321' }],
    ['from a page of ours', { ...ask, origin: 'http://localhost:8321', fetchSite: 'same-origin' }],
    ['typed into the address bar', { ...ask, fetchSite: 'none', fetchMode: 'navigate' }],
    ['when a link on another page is followed', { ...ask, fetchSite: 'cross-site', fetchMode: 'navigate' }],
    ['to change something', change],
    ['to change something, with a charset', { ...change, contentType: 'Application/JSON; charset=utf-8' }],
    ['with a body as it is', { ...change, contentEncoding: 'identity' }],
    ['with a method that the address does not know', { ...ask, method: 'TRACE', instead: 'other-methods' }],
    ['with a change of nothing', { ...ask, method: 'POST', instead: 'nothing' }],
  ])('%s', (_what, head) => {
    expect(refusalOf(head, 8321)).toBeNull();
  });

  it('without a port where that is 80', () => {
    expect(refusalOf({ ...ask, host: 'localhost' }, 80)).toBeNull();
    expect(refusalOf({ ...ask, host: 'localhost' }, 8321)?.code).toBe('forbidden');
  });
});

describe('a request is kept out', () => {
  it.each<[string, Partial<RequestHead>]>([
    ['without a host', { host: undefined }],
    ['for a name that was made to point here', { host: 'evil.example:8321' }],
    ['for a name that begins like ours', { host: 'localhost:8321.evil.example' }],
    ['for a name that ends like ours', { host: 'evil-localhost:8321' }],
    ['for ours with a dot', { host: 'localhost.:8321' }],
    ['for another port', { host: 'localhost:8322' }],
    ['for no port', { host: 'localhost' }],
    ['for another address of loopback', { host: '127.0.0.2:8321' }],
    ['for an empty host', { host: '' }],
    ['of a page elsewhere', { origin: 'http://evil.example' }],
    ['of a page over TLS', { origin: 'https://localhost:8321' }],
    ['of another port on this computer', { origin: 'http://localhost:3000' }],
    ['of a page without an origin', { origin: 'null' }],
    ['of a page that only embeds an image', { fetchSite: 'cross-site', fetchMode: 'no-cors' }],
    ['of a page of another port that fetches', { fetchSite: 'same-site', fetchMode: 'cors' }],
    ['of a form of another page', { method: 'POST', fetchSite: 'cross-site', fetchMode: 'navigate' }],
    ['as a preflight', { method: 'OPTIONS' }],
  ])('%s', (_what, part) => {
    expect(refusalOf({ ...ask, ...part }, 8321)?.code).toBe('forbidden');
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'to change something with the content type %s, which a form of any page can send',
    (contentType) => {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        expect(refusalOf({ ...change, method, contentType }, 8321)?.code).toBe('unsupported-media-type');
      }
    },
  );

  it('with a packed body, which nothing here unpacks', () => {
    expect(refusalOf({ ...change, contentEncoding: 'gzip' }, 8321)?.message).toContain('gzip');
  });
});
