import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { ApiObjectLike } from '../../client/resource-type.js';
import { ApiObject, ApiResource } from '../decorators/api-resource.js';
import { ClassConverter } from './class-converter.js';

function version(name: string) {
  class Boat extends ApiObject {}
  ApiResource({ group: 'sea.example.com', version: name, kind: 'Boat' })(Boat);
  return Boat;
}

/** Writes down where an object has been. */
function conversion(from: string, to: string) {
  const add = (object: ApiObjectLike, step: string): ApiObjectLike => {
    const { way = '' } = object as { way?: string };
    return { metadata: object.metadata, way: `${way} ${step}` } as ApiObjectLike;
  };
  return {
    role: { from: version(from), to: version(to) },
    provider: {
      convert: (object: ApiObjectLike) => add(object, `${from}>${to}`),
      convertBack: (object: ApiObjectLike) => add(object, `${to}>${from}`),
    },
  };
}

const BOAT: KubeObject = { metadata: { name: 'a' } };

describe('conversions of a kind together', () => {
  const converter = new ClassConverter([conversion('v1', 'v2'), conversion('v3', 'v2'), conversion('v3', 'v4')]);

  it.each([
    ['v1', 'v2', ' v1>v2'],
    ['v2', 'v1', ' v2>v1'],
    ['v1', 'v4', ' v1>v2 v2>v3 v3>v4'],
    ['v4', 'v1', ' v4>v3 v3>v2 v2>v1'],
  ])('lead from %s to %s', (from, to, way) => {
    expect(converter.convert(BOAT, from, to)).toMatchObject({ way, apiVersion: `sea.example.com/${to}`, kind: 'Boat' });
  });

  it('say which versions they join', () => {
    expect(converter.joins(['v1', 'v4'])).toBe(true);
    expect(converter.joins(['v1', 'v9'])).toBe(false);
    expect(() => converter.convert(BOAT, 'v1', 'v9')).toThrow('no converter leads from v1 to v9');
  });
});
