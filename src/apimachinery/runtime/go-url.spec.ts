import { describe, expect, it } from 'vitest';
import { escapedPath, parseRequestUri, parseUrl } from './go-url.js';

const fault = (text: string): string => {
  try {
    parseRequestUri(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseRequestUri', () => {
  it('takes a URL apart', () => {
    expect(parseRequestUri('HTTPS://u:p@h.example:80/a%20b?c=d#e')).toMatchObject({
      scheme: 'https',
      host: 'h.example:80',
      path: '/a%20b',
      query: 'c=d#e',
    });
    expect(parseRequestUri('http://[fe80::1%25eth0]:1/').host).toBe('[fe80::1%eth0]:1');
    expect(parseRequestUri('mailto:a@b')).toMatchObject({ scheme: 'mailto', host: '', path: '' });
    expect(parseRequestUri('/a//b').path).toBe('/a//b');
  });

  it.each([
    ['', 'parse "": empty url'],
    ['a', 'parse "a": invalid URI for request'],
    [':a', 'parse ":a": missing protocol scheme'],
    ['http://a b/', 'parse "http://a b/": invalid character " " in host name'],
    ['http://%zz', 'parse "http://%zz": invalid URL escape "%zz"'],
    ['http://%41', 'parse "http://%41": invalid URL escape "%41"'],
    ['http://a:b', 'parse "http://a:b": invalid port ":b" after host'],
    ['http://a:1:2', 'parse "http://a:1:2": invalid port ":1:2" after host'],
    ['http://[::1', `parse "http://[::1": missing ']' in host`],
    ['http://[1.2.3.4]', 'parse "http://[1.2.3.4]": invalid IP-literal'],
    ['http://a"@b', 'parse "http://a\\"@b": net/url: invalid userinfo'],
    ['/%a', 'parse "/%a": invalid URL escape "%a"'],
    ['/\u0001', 'parse "/\\x01": net/url: invalid control character in URL'],
  ])('refuses %j', (text, message) => {
    expect(fault(text)).toBe(message);
  });

  it('encodes a path anew where it is no good encoding', () => {
    expect(escapedPath(parseRequestUri("/a%2Fb!'(c)"))).toBe("/a%2Fb!'(c)");
    expect(escapedPath(parseRequestUri('/ü b!'))).toBe('/%C3%BC%20b%21');
  });
});

it.each([
  ['https://a.b:80/c?d=e#f%20g', { scheme: 'https', host: 'a.b:80', user: undefined, query: 'd=e', fragment: 'f g' }],
  ['HTTPS://u:p@[::1]:8080', { scheme: 'https', host: '[::1]:8080', user: 'u:p' }],
  ['https:a', { scheme: 'https', host: '' }],
  ['a/b', { scheme: '', host: '', path: 'a/b' }],
  ['//a', { scheme: '', host: 'a' }],
  ['', { scheme: '', host: '' }],
])('reads %j, which may be relative', (text, parts) => {
  expect(parseUrl(text)).toMatchObject(parts);
});

it.each([
  ['::', 'parse "::": missing protocol scheme'],
  ['1:2', 'parse "1:2": first path segment in URL cannot contain colon'],
  ['https://a:b', 'parse "https://a:b": invalid port ":b" after host'],
  ['https://a b#c', 'parse "https://a b": invalid character " " in host name'],
  ['https://a#%zz', 'parse "https://a#%zz": invalid URL escape "%zz"'],
])('refuses %j, which no relative URL is either', (text, fault) => {
  expect(() => parseUrl(text)).toThrow(fault);
});
