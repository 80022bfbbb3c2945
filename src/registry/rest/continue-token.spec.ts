import { describe, expect, it } from 'vitest';
import { decodeContinue, encodeContinue } from './continue-token.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('continue tokens', () => {
  it.each([
    { revision: 7, after: 'default/a' },
    { revision: -1, after: 'a' },
  ])('come back as they were: %j', (point) => {
    expect(decodeContinue(encodeContinue(point))).toEqual(point);
  });

  it('take a start key from the root for one without', () => {
    expect(decodeContinue(encoded('{"v":"meta.k8s.io/v1","rv":1,"start":"/ns/a\\u0000"}')).after).toBe('ns/a');
  });

  it.each([
    ['!', 'illegal base64 data at input byte 0'],
    ['ab=', 'illegal base64 data at input byte 2'],
    ['abc', "invalid character 'i' looking for beginning of value"],
    [encoded('not json'), "invalid character 'o' in literal null (expecting 'u')"],
    [encoded('{'), 'unexpected end of JSON input'],
    [encoded('[]'), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
    [encoded('null'), 'server does not recognize this encoded version '],
    [encoded('{"v":1}'), 'json: cannot unmarshal number into Go struct field continueToken.v of type string'],
    [
      encoded('{"v":"meta.k8s.io/v1","rv":1.5}'),
      'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64',
    ],
    [encoded('{"v":"v2","rv":1,"start":"a"}'), 'server does not recognize this encoded version v2'],
    [encoded('{"v":"meta.k8s.io/v1"}'), 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [encoded('{"v":"meta.k8s.io/v1","rv":1}'), 'encoded start key empty (version meta.k8s.io/v1)'],
    [encoded('{"v":"meta.k8s.io/v1","rv":1,"start":"../x"}'), '../x'],
    [encoded('{"v":"meta.k8s.io/v1","rv":1,"start":"a//b"}'), 'a//b'],
    [encoded('{"v":"meta.k8s.io/v1","rv":1,"start":"a/"}'), 'a/'],
  ])('are refused as upstream does: %s', (token, detail) => {
    expect(() => decodeContinue(token)).toThrow(`invalid continue token: continue key is not valid: ${detail}`);
  });
});
