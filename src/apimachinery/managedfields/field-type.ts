import type { JsonValue } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';

export type ScalarKind = 'string' | 'numeric' | 'boolean' | 'untyped';

export interface ListType {
  readonly atomic: boolean;
  /** Names of a list map's keys, sorted; empty for a set. */
  readonly keys: readonly string[];
  /** The same in the schema's order, for messages. */
  readonly declaredKeys: readonly string[];
  readonly element: FieldType;
}

export interface MapType {
  readonly atomic: boolean;
  /** Type of a field the schema names. */
  field(name: string): FieldType | undefined;
  /** Type of any other key; undefined where no other is allowed. */
  readonly element: FieldType | undefined;
}

/** What a value may be, and how its parts are owned. At least one of the three is there; any value has all of them. */
export interface FieldType {
  readonly scalar?: ScalarKind;
  readonly list?: ListType;
  readonly map?: MapType;
  /** Stands for a list map's key that an item leaves out. */
  readonly keyDefault?: JsonValue;
}

/**
 * Any value, typed by what it is: lists are owned as a whole, objects key by key. What the schema does not describe is
 * treated so.
 */
export const DEDUCED: FieldType = (() => {
  const type: { -readonly [K in keyof FieldType]: FieldType[K] } = { scalar: 'untyped' };
  type.list = { atomic: true, keys: [], declaredKeys: [], element: type };
  type.map = { atomic: false, field: () => undefined, element: type };
  return type;
})();

/** Any value, owned as a whole. */
const ATOMIC: FieldType = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], declaredKeys: [], element: DEDUCED },
  map: { atomic: true, field: () => undefined, element: DEDUCED },
};

const compiled = new WeakMap<Schema, FieldType>();
const compiledPreserving = new WeakMap<Schema, FieldType>();

/**
 * How server-side apply sees a schema; compiled once a node, when first asked for. Below a node that preserves unknown
 * fields everything does, but for built-in types (ObjectMeta).
 */
export function fieldTypeOf(schema: Schema, preserving = false): FieldType {
  const preserves = (preserving && schema.ref === undefined) || schema.preserveUnknownFields === true;
  const cache = preserves ? compiledPreserving : compiled;
  let type = cache.get(schema);
  if (type === undefined) {
    type = compile(schema, preserves);
    cache.set(schema, type);
  }
  return type;
}

function compile(schema: Schema, preserving: boolean): FieldType {
  const keyDefault = schema.default ?? (schema.codec?.zeroDefault ? zeroOf(schema) : undefined);
  const special = schema.codec?.special;
  if (special === 'RawExtension') return ATOMIC;
  if (special === 'JSON') return { ...DEDUCED, keyDefault };
  if (special === 'IntOrString' || special === 'Quantity') return { scalar: 'untyped', keyDefault };
  switch (schema.type) {
    case 'object':
      return { map: mapType(schema, preserving) };
    case 'array':
      return { list: listType(schema, preserving) };
    case 'string': {
      const plain = schema.format === undefined || schema.format === '' || schema.format === 'byte';
      return { scalar: plain ? 'string' : 'untyped', keyDefault };
    }
    case 'integer':
    case 'number':
      return { scalar: 'numeric', keyDefault };
    case 'boolean':
      return { scalar: 'boolean', keyDefault };
    default:
      return { scalar: 'untyped', list: listType(schema, preserving), map: mapType(schema, preserving), keyDefault };
  }
}

function zeroOf(schema: Schema): JsonValue {
  if (schema.type === 'string') return '';
  return schema.type === 'boolean' ? false : 0;
}

function listType(schema: Schema, preserving: boolean): ListType {
  const declaredKeys = schema.listType === 'map' ? (schema.listMapKeys ?? []) : [];
  return {
    atomic: schema.listType !== 'map' && schema.listType !== 'set',
    keys: [...declaredKeys].sort(),
    declaredKeys,
    get element() {
      return schema.items === undefined ? DEDUCED : fieldTypeOf(schema.items, preserving);
    },
  };
}

function mapType(schema: Schema, preserving: boolean): MapType {
  const { additionalProperties } = schema;
  let element: FieldType | undefined;
  if (additionalProperties === true) element = DEDUCED;
  else if (additionalProperties !== undefined) element = fieldTypeOf(additionalProperties, preserving);
  else if (preserving || (schema.properties?.size ?? 0) === 0) element = DEDUCED;
  return {
    atomic: schema.mapType === 'atomic',
    element,
    field: (name) => {
      const field = schema.properties?.get(name);
      return field === undefined ? undefined : fieldTypeOf(field, preserving);
    },
  };
}

const roots = new WeakMap<Schema, FieldType>();

/** The type of whole objects: apiVersion and kind are declared whether the schema names them or not. */
export function objectTypeOf(schema: Schema): FieldType {
  let type = roots.get(schema);
  if (type === undefined) {
    const plain = fieldTypeOf(schema);
    const map = plain.map;
    const text: FieldType = { scalar: 'string' };
    const field = (name: string) => map?.field(name) ?? (name === 'apiVersion' || name === 'kind' ? text : undefined);
    type = map === undefined ? DEDUCED : { map: { atomic: map.atomic, element: map.element, field } };
    roots.set(schema, type);
  }
  return type;
}

export function memberType(map: MapType, name: string): FieldType | undefined {
  return map.field(name) ?? map.element;
}

/** Which of its forms a type takes for a value; null and values of a form it does not have take its first. */
export function formOf(type: FieldType, value: JsonValue | undefined): 'map' | 'scalar' | 'list' {
  if (value !== undefined && value !== null) {
    if (typeof value !== 'object') {
      if (type.scalar !== undefined) return 'scalar';
    } else if (Array.isArray(value)) {
      if (type.list !== undefined) return 'list';
    } else if (type.map !== undefined) return 'map';
  }
  if (type.map !== undefined) return 'map';
  return type.scalar !== undefined ? 'scalar' : 'list';
}
