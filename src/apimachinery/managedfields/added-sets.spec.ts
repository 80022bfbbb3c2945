import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { addedNode } from './added-sets.js';
import { sortedSet } from './field-set.js';
import { fieldTypeOf } from './field-type.js';
import { TypedError } from './list-items.js';
import { fieldsText } from './shared-sets.js';

const text: Schema = { type: 'string' };
const schema: Schema = {
  type: 'object',
  properties: new Map<string, Schema>([
    ['name', text],
    ['labels', { type: 'object', additionalProperties: text }],
    ['atoms', { type: 'array', items: text, listType: 'atomic' }],
    ['set', { type: 'array', items: text, listType: 'set' }],
    [
      'items',
      {
        type: 'array',
        listType: 'map',
        listMapKeys: ['name'],
        items: {
          type: 'object',
          properties: new Map<string, Schema>([
            ['name', text],
            ['value', text],
          ]),
        },
      },
    ],
  ]),
};
const type = fieldTypeOf(schema);

const word = fc.constantFrom('a', 'b', 'c', 'd"e');
const item = fc.record({ name: word, value: word }, { requiredKeys: ['name'] });
const object = fc.record(
  {
    name: word,
    labels: fc.dictionary(word, word, { maxKeys: 3 }),
    atoms: fc.array(word, { maxLength: 2 }),
    set: fc.array(word, { maxLength: 3 }),
    items: fc.array(item, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** The set by its definition, made anew. */
function expected(value: JsonObject): JsonObject {
  const node: JsonObject = {};
  for (const name of Object.keys(value).sort()) {
    const field = value[name];
    if (name === 'labels') node['f:labels'] = collect(Object.keys(field as JsonObject).map((key) => [`f:${key}`, {}]));
    else if (name === 'set')
      node['f:set'] = collect((field as string[]).map((each) => [`v:${JSON.stringify(each)}`, {}]));
    else if (name === 'items') node['f:items'] = collect((field as JsonObject[]).map(expectedItem));
    else node[`f:${name}`] = {};
  }
  return Object.keys(node).length === 0 ? {} : { '.': {}, ...node };
}

function expectedItem(each: JsonObject): [string, JsonValue] {
  const parts = Object.keys(each).sort();
  return [
    `k:{"name":${JSON.stringify(each['name'])}}`,
    { '.': {}, ...Object.fromEntries(parts.map((name) => [`f:${name}`, {}])) },
  ];
}

/** What stands twice is a member without parts. */
function collect(parts: [string, JsonValue][]): JsonObject {
  const node: JsonObject = {};
  for (const [element, below] of parts)
    node[element] = parts.filter(([other]) => other === element).length > 1 ? {} : below;
  return parts.length === 0 ? {} : { '.': {}, ...node };
}

describe('sets of added values', () => {
  it('are the same whether they were made before or not', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 12 }), (objects) => {
        for (const value of [...objects, ...objects]) {
          const node = addedNode(value as JsonObject, type);
          expect(node).toEqual(expected(value as JsonObject));
          expect(JSON.stringify(sortedSet(node))).toBe(JSON.stringify(node));
          expect(fieldsText(node as JsonObject)).toBe(JSON.stringify(node));
          expect(fieldsText(node as JsonObject)).toBe(JSON.stringify(node));
        }
      }),
    );
  });

  it('are given again for values that have the same fields and keys', () => {
    const make = (value: string) => addedNode({ labels: { x: value }, items: [{ name: 'a', value }] }, type);
    const first = make('1');
    expect(make('2')).toBe(first);
    expect(addedNode({ labels: { y: '1' }, items: [{ name: 'a', value: '1' }] }, type)).not.toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it('of big maps are made anew, so that they do not stay in memory', () => {
    const labels = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`key-${i}`, '']));
    const first = addedNode({ labels }, type) as JsonObject;
    const second = addedNode({ labels }, type) as JsonObject;
    expect(second['f:labels']).toEqual(first['f:labels']);
    expect(second['f:labels']).not.toBe(first['f:labels']);
  });

  it('cannot be made of items without a key, whatever was made before', () => {
    addedNode({ items: [{ name: 'a' }] }, type);
    expect(() => addedNode({ items: ['a'] }, type)).toThrow(TypedError);
    expect(() => addedNode({ items: [{ value: 'a' }] }, type)).toThrow(TypedError);
  });
});
