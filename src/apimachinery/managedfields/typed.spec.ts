import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import type { Schema, SpecialForm } from '../schema/schema.js';
import { type FieldType, fieldTypeOf } from './field-type.js';
import { formatElement, keyElement, valueElement } from './path-element.js';
import { fieldSetOf, validateTyped } from './typed.js';

const special = (form: SpecialForm, schema: Schema = {}): Schema => ({
  ...schema,
  codec: { pointer: false, omitEmpty: true, goType: '', special: form },
});
const typeOf = (fields: Record<string, Schema>): FieldType =>
  fieldTypeOf({ type: 'object', properties: new Map(Object.entries(fields)) });

function faultsOf(value: JsonValue, type: FieldType, duplicates = false): string | undefined {
  try {
    validateTyped(value, type, duplicates);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('validateTyped', () => {
  const type = typeOf({
    on: { type: 'boolean' },
    when: { type: 'string', format: 'date-time' },
    cpu: special('Quantity', { type: 'string' }),
    set: { type: 'array', items: { type: 'string' }, listType: 'set' },
    deep: { type: 'object', additionalProperties: { type: 'array', items: { type: 'integer' } } },
  });

  it.each<[string, JsonValue, string]>([
    ['a text for a boolean', { on: 'x' }, '.on: expected boolean, got &{x}'],
    ['a fraction for a boolean', { on: 1.5 }, '.on: expected boolean, got &{1.5}'],
    ['an object for a scalar of any kind', { when: { q: 1 } }, '.when: expected any scalar, got &{map[q:1]}'],
    ['an object for a quantity', { cpu: {} }, '.cpu: expected any scalar, got &{map[]}'],
    ['a list for a map', { deep: [] }, '.deep: expected map, got &{[]}'],
    ['a fault far below', { deep: { a: [1, 'x'] } }, '.deep.a[1]: expected numeric (int or float), got string'],
    ['an item twice', { set: ['a', 'b', 'a'] }, '.set: duplicate entries for key [="a"]'],
    ['a list in a set', { set: ['a', []] }, '.set: element 1: not supported: associative list with lists as elements'],
  ])('tells of %s', (_, value, fault) => {
    expect(faultsOf(value, type)).toBe(fault);
  });

  it('tells of all faults at once', () => {
    expect(faultsOf({ on: 1, set: 5, bogus: 1, cpu: [] }, type)).toBe(
      [
        'errors:',
        '  .on: expected boolean, got &{1}',
        '  .set: expected list, got &{5}',
        '  .bogus: field not declared in schema',
      ].join('\n'),
    );
  });

  it('lets items stand twice where that is asked', () => {
    expect(faultsOf({ set: ['a', 'a'] }, type, true)).toBeUndefined();
  });

  it('takes null for anything, and text or number for a quantity', () => {
    expect(faultsOf({ on: null, cpu: 1, set: null, deep: null }, type)).toBeUndefined();
    expect(faultsOf({ cpu: '100m' }, type)).toBeUndefined();
  });
});

describe('fieldSetOf', () => {
  it('owns embedded objects as a whole, and free-form ones key by key', () => {
    const type = typeOf({ data: special('RawExtension', { type: 'object' }), any: special('JSON') });
    const value = { data: { a: { b: 1 } }, any: { a: { b: 1 } } };
    expect(fieldSetOf(value, type)).toEqual({ 'f:data': {}, 'f:any': { 'f:a': { '.': {}, 'f:b': {} } } });
  });
});

describe('path elements', () => {
  it('are written as Go writes JSON', () => {
    expect(valueElement('a<b>&c')).toBe('v:"a\\u003cb\\u003e\\u0026c"');
    expect(keyElement(['name', 'port'], ['<', 80])).toBe('k:{"name":"\\u003c","port":80}');
  });

  it.each([
    ['k:{"name":"a<b","on":true,"port":80}', '[name="a<b",on=true,port=80]'],
    ['k:{"none":null,"list":["a",1],"map":{"a":"b","c":1}}', '[none=null,list=["a",1],map=a="b"c=1]'],
    ['v:"tab\\t\\u007f"', '[="tab\\t\\x7f"]'],
    ['v:0.00001', '[=1e-05]'],
    ['i:3', '[3]'],
  ])('%s is shown as %s', (element, text) => {
    expect(formatElement(element)).toBe(text);
  });
});
