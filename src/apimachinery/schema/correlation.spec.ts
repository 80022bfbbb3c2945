import { describe, expect, it } from 'vitest';
import { compileCrdSchema } from './compile-crd.js';
import { validateChange, validateValue } from './validate.js';

const schema = compileCrdSchema({
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 3 },
    tags: { type: 'array', items: { type: 'string', maxLength: 3 } },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: { type: 'object', properties: { id: { type: 'integer' }, note: { type: 'string', maxLength: 3 } } },
    },
  },
});

const fieldsOf = (value: object, old: object) =>
  validateChange(schema, value as never, old as never).map(({ field }) => field);

describe('ratcheting', () => {
  it('forgives what did not change and nothing else', () => {
    expect(validateValue(schema, { name: 'long' })).toHaveLength(1);
    expect(fieldsOf({ name: 'long' }, { name: 'long' })).toEqual([]);
    expect(fieldsOf({ name: 'long', tags: ['a'] }, { name: 'long' })).toEqual([]);
    expect(fieldsOf({ name: 'longer' }, { name: 'long' })).toEqual(['name']);
    expect(fieldsOf({ name: 'long' }, {})).toEqual(['name']);
  });

  it('knows items of map lists by their keys, wherever they stand', () => {
    const old = { ports: [{ id: 1, note: 'long' }, { id: 2 }] };
    expect(
      fieldsOf(
        {
          ports: [
            { id: 2, note: 'new' },
            { id: 1, note: 'long' },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(fieldsOf({ ports: [{ id: 2, note: 'long' }] }, old)).toEqual(['ports[0].note']);
  });

  it('takes other lists as a whole', () => {
    expect(fieldsOf({ tags: ['long', 'b'] }, { tags: ['long', 'b'] })).toEqual([]);
    expect(fieldsOf({ tags: ['long', 'c'] }, { tags: ['long', 'b'] })).toEqual(['tags[0]']);
  });
});
