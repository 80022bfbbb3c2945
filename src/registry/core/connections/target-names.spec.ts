import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProxyable, requireProxyable, targetNameOf, urlOf } from './target-names.js';

describe('where a proxy may go', () => {
  it.each(['10.1.2.3', '192.168.0.1', '8.8.8.8', '169.253.0.1', '2001:db8::1', 'fd00::1', '240.0.0.1'])('%s', (ip) => {
    expect(isProxyable(ip)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.255.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'FEBF::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '',
    'localhost',
    '1.2.3',
  ])('not %j', (ip) => {
    expect(isProxyable(ip)).toBe(false);
  });

  it('no address of the loopback or link-local ranges, however it is written', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const lead = fc.constantFrom('127', '169.254');
    fc.assert(
      fc.property(lead, byte, byte, byte, fc.boolean(), (prefix, a, b, c, mapped) => {
        const ip = [prefix, ...(prefix === '127' ? [a, b, c] : [a, b])].join('.');
        expect(isProxyable(mapped ? `::ffff:${ip}` : ip)).toBe(false);
      }),
    );
  });

  it('not behind a name that leads there', async () => {
    await expect(requireProxyable('localhost')).rejects.toMatchObject({ code: 400, message: 'address not allowed' });
    await expect(requireProxyable('10.0.0.1')).resolves.toBeUndefined();
  });
});

describe('the name of a target', () => {
  it.each([
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:8080', { scheme: 'http', name: 'web', port: '8080' }],
    ['https:web:main', { scheme: 'https', name: 'web', port: 'main' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:80', { scheme: 'http', name: 'web', port: '80' }],
  ])('%s', (id, target) => {
    expect(targetNameOf(id, 'pod')).toEqual(target);
  });

  it.each(['', ':', ':80', 'ftp:web:80', 'http:web:80:x'])('is none: %j', (id) => {
    expect(() => targetNameOf(id, 'service')).toThrow(`invalid service request ${JSON.stringify(id)}`);
  });

  it('becomes a URL, whose path cannot climb out', () => {
    expect(urlOf('http', '10.0.0.1', 80, '/a/%2e%2e/../b?c=d%2Fe').href).toBe('http://10.0.0.1/b?c=d%2Fe');
    expect(urlOf('https', '2001:db8::1', '8443', '').href).toBe('https://[2001:db8::1]:8443/');
    expect(() => urlOf('http', '10.0.0.1', 'name', '/')).toThrow('invalid port "name"');
  });
});
