import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import {
  byMode,
  type DeclaredRule,
  eachItem,
  eachKey,
  eachValue,
  forbiddenPointer,
  format,
  immutable,
  keyOf,
  maxBytes,
  maxItems,
  maxLength,
  noModify,
  oneOf,
  optional,
  optionalPointer,
  ownKey,
  required,
  requiredPointer,
  struct,
  union,
  unique,
} from './declared-rules.js';
import { FieldPath } from './field-error.js';

function judge(rule: DeclaredRule, value: JsonValue, old?: JsonValue): string[] {
  const operation = { update: old !== undefined, shown: (type: string) => ({ of: type }) };
  return rule(value, old, FieldPath.root(), operation).map((e) => `${e.field}: ${e.message}`);
}

describe('declared rules of fields', () => {
  it('asks nothing more of a field where a gate ends it', () => {
    const fault = format(() => ['odd']);
    expect(judge(struct({ a: [required, fault] }), {})).toEqual(['a: Required value']);
    expect(judge(struct({ a: [optional, fault] }), { a: '' })).toEqual([]);
    expect(judge(struct({ a: [requiredPointer, fault] }), { a: '' })).toEqual(['a: Invalid value: "": odd']);
    expect(judge(struct({ a: [optionalPointer, fault] }), { a: '' })).toEqual(['a: Invalid value: "": odd']);
    expect(judge(struct({ a: [maxItems(1), eachItem(fault)] }), { a: ['x', 'y'] })).toEqual([
      'a: Too many: 2: must have at most 1 item',
    ]);
  });

  it('passes over what has not changed, and sees no difference between nothing and empty', () => {
    const rule = struct({ a: [oneOf('x', 'y')], b: [immutable], c: [noModify] });
    expect(judge(rule, { a: 'z' }, { a: 'z' })).toEqual([]);
    expect(judge(rule, { a: 'z' }, { a: 'x' })).toEqual(['a: Unsupported value: "z": supported values: "x", "y"']);
    expect(judge(rule, { a: 'x', b: [] }, { a: 'x' })).toEqual([]);
    expect(judge(rule, { a: 'x', b: 1, c: 1 }, { a: 'x' })).toEqual(['b: Invalid value: null: field is immutable']);
    expect(judge(rule, { a: 'x', c: 2 }, { a: 'x', c: 1 })).toEqual([
      'c: Invalid value: null: field cannot be modified once set',
    ]);
  });

  it('counts bytes or characters', () => {
    expect(judge(struct({ a: [maxBytes(3)] }), { a: 'éé' })).toEqual(['a: Too long: may not be more than 3 bytes']);
    expect(judge(struct({ a: [maxLength(1)] }), { a: 'éé' })).toEqual([
      'a: Too long: may not be more than 1 character',
    ]);
    expect(judge(struct({ a: [maxLength(2)] }), { a: 'éé' })).toEqual([]);
  });

  it('forbids what may not be there', () => {
    expect(judge(struct({ a: [forbiddenPointer] }), { a: {} })).toEqual(['a: Forbidden']);
  });
});

describe('declared rules of lists and maps', () => {
  const short = format((text) => (text.length > 1 ? ['long'] : []));

  it('compares items that have the same key', () => {
    const rule = struct({ list: [eachItem(struct({ v: [immutable] }), keyOf('k'))] });
    const old = { list: [{ k: 'a', v: 1 }] };
    expect(
      judge(
        rule,
        {
          list: [
            { k: 'b', v: 2 },
            { k: 'a', v: 1 },
          ],
        },
        old,
      ),
    ).toEqual(['list[0].v: Invalid value: null: field is immutable']);
  });

  it('judges the keys and the values of maps', () => {
    const rule = struct({ map: [eachKey(short), eachValue(short)] });
    expect(judge(rule, { map: { aa: 'bb' } })).toEqual([
      'map: Invalid value: "aa": long',
      'map[aa]: Invalid value: "bb": long',
    ]);
    expect(judge(rule, { map: { aa: 'bb', c: 'd' } }, { map: { aa: 'bb' } })).toEqual([]);
  });

  it('shows whole items that come twice, with the zeros of their type where one is named', () => {
    expect(judge(struct({ a: [unique(ownKey)] }), { a: ['x', 'x'] })).toEqual(['a[1]: Duplicate value: "x"']);
    expect(judge(struct({ a: [unique(keyOf('k'), 'T')] }), { a: [{ k: 1 }, { k: 1, z: 1 }] })).toEqual([
      'a[1]: Duplicate value: {"of":"T"}',
    ]);
  });
});

describe('declared unions and modes', () => {
  it('wants exactly one member', () => {
    const rule = union('a', 'b');
    expect(judge(struct({ u: [rule] }), { u: {} })).toEqual(['u: Invalid value: "": must specify one of: `a`, `b`']);
    expect(judge(struct({ u: [rule] }), { u: { a: 1, b: 1 } })).toEqual([
      'u: Invalid value: "{a, b}": must specify exactly one of: `a`, `b`',
    ]);
    expect(judge(struct({ u: [rule] }), { u: { a: 1, b: 1, c: 1 } }, { u: { a: 2, b: 2 } })).toEqual([]);
  });

  it('takes the rules of a field from what another says', () => {
    const rule = struct({}, byMode('limited', 'type', { Limited: [requiredPointer] }));
    expect(judge(rule, { type: 'Limited' })).toEqual(['limited: Required value']);
    expect(judge(rule, { type: 'Exempt', limited: {} })).toEqual(['limited: Forbidden']);
    expect(judge(rule, { type: 'Exempt', limited: {} }, { type: 'Exempt', limited: {} })).toEqual([]);
  });
});
