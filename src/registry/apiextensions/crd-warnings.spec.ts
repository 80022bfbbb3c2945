import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { CrdSpec } from './crd.js';
import { crdWarnings } from './crd-warnings.js';

const specOf = (properties: JsonObject) =>
  ({ versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', properties } } }] }) as unknown as CrdSpec;

describe('warnings of a definition', () => {
  it('names formats nobody checks, once each', () => {
    const unknown = { type: 'string', format: 'shoe-size' };
    const spec = specOf({
      a: unknown,
      b: { type: 'array', items: unknown },
      c: { type: 'string', format: 'date-time' },
    });
    expect(crdWarnings(spec, undefined)).toEqual(['unrecognized format "shoe-size"']);
  });

  it('tells of sets whose items cannot be told apart', () => {
    const set = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'array', items: { type: 'string' } } };
    expect(crdWarnings(specOf({ set }), undefined)).toEqual([
      'x-kubernetes-list-type: set for items of type "array" is not supported by server-side apply or CEL validation rules',
    ]);
  });

  it('is silent on an update about what was there', () => {
    const old = specOf({ a: { type: 'string', format: 'one' } });
    const next = specOf({ a: { type: 'string', format: 'one' }, b: { type: 'string', format: 'two' } });
    expect(crdWarnings(next, old)).toEqual(['unrecognized format "two"']);
  });
});
