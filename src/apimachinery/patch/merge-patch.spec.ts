import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue, jsonClone } from '../meta/json.js';
import { applyMergePatch } from './merge-patch.js';

const anyObject = () =>
  fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 1, 'x'),
        fc.array(fc.integer(), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')),
      ),
    })).value,
  ) as fc.Arbitrary<JsonObject>;

describe('applyMergePatch', () => {
  // The examples of RFC 7396, appendix A, that patch objects with objects.
  it.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  it('drops nulls of objects in lists, which the RFC keeps, but no nulls that are items', () => {
    const patch = { a: [{ b: null, c: [null, { d: null, e: 1 }] }, null] };
    expect(applyMergePatch({ a: [{ b: 1 }] }, patch)).toEqual({ a: [{ c: [null, { e: 1 }] }, null] });
  });

  it('is idempotent, changes no input and shares nothing with them', () => {
    const freeze = (value: JsonValue | undefined): void => {
      if (typeof value !== 'object' || value === null) return;
      Object.freeze(value);
      Object.values(value).forEach(freeze);
    };
    fc.assert(
      fc.property(anyObject(), anyObject(), (target, patch) => {
        freeze(target);
        freeze(patch);
        const once = applyMergePatch(target, patch);
        const copy = jsonClone(once);
        for (const value of Object.values(once)) {
          if (typeof value === 'object' && value !== null) expect(Object.isFrozen(value)).toBe(false);
        }
        expect(applyMergePatch(once, patch)).toEqual(copy);
      }),
    );
  });
});
