import type { StatusError } from '../errors/status-error.js';
import type { JsonValue } from '../meta/json.js';
import type { Schema, SpecialForm } from '../schema/schema.js';
import { goQuote } from '../validation/field-error.js';
import { goTypeName } from './go-format.js';
import { patchFault } from './patch-error.js';

/** How a field is merged: what its type says with the tags patchStrategy and patchMergeKey. */
export interface PatchMeta {
  /** Type of the field; of a list, type of its items. */
  readonly schema: Schema;
  /** `merge`, `replace` or empty. `retainKeys` beside it only announces the directive of that name. */
  readonly strategy: string;
  /** Field that tells the items of a list apart; empty where the items are told apart by themselves. */
  readonly mergeKey: string;
}

const RETAIN_KEYS = 'retainKeys';

/** Types with a JSON form of their own that are structs in Go: merging cannot see into them. */
const OPAQUE_STRUCTS: ReadonlySet<SpecialForm | undefined> = new Set(['RawExtension', 'JSON', 'FieldsV1', 'Patch']);

/**
 * What the type of an object says of one of its fields.
 * @throws StatusError 500 where the type has no such field
 */
export function mapMeta(parent: Schema, name: string): PatchMeta {
  const schema = fieldOf(parent, name);
  return { schema, strategy: strategyOf(schema), mergeKey: schema.patchMergeKey ?? '' };
}

/** The same for a field that holds a list. */
export function listMeta(parent: Schema, name: string): PatchMeta {
  const meta = mapMeta(parent, name);
  const { items } = meta.schema;
  if (items !== undefined) {
    if (items.type === 'array') throw patchFault('unexpected slice of slice');
    return { ...meta, schema: items };
  }
  if (meta.schema.codec?.pointer === true) return meta;
  throw patchFault(`expected slice or array type, but got: ${kindOf(parent)}`);
}

function fieldOf(parent: Schema, name: string): Schema {
  if (kindOf(parent) !== 'struct') {
    throw patchFault(`merging an object in json but data type is not struct, instead is: ${kindOf(parent)}`);
  }
  const field = parent.properties?.get(name);
  if (field !== undefined) return field;
  throw patchFault(`unable to find api field in struct ${structName(parent)} for the json field ${goQuote(name)}`);
}

function structName({ ref, codec }: Schema): string {
  return ref?.split('.').at(-1) ?? codec?.special ?? '';
}

/** `struct`, `map`, `slice` or a scalar's name: what Go calls the kind of a type. */
export function kindOf(schema: Schema): string {
  if (schema.properties !== undefined || OPAQUE_STRUCTS.has(schema.codec?.special)) return 'struct';
  if (schema.additionalProperties !== undefined) return 'map';
  if (schema.type === 'array') return 'slice';
  return schema.codec?.goType ?? 'struct';
}

function strategyOf({ patchStrategy = '' }: Schema): string {
  return patchStrategy.split(',').find((strategy) => strategy !== RETAIN_KEYS) ?? '';
}

/** 500: a value that is not of the shape that merging needs. */
export function badArgument(expected: 'list' | 'map', actual: JsonValue | undefined): StatusError {
  const wanted = expected === 'list' ? '[]interface {}' : 'map[string]interface {}';
  return patchFault(`expected a ${wanted}, but received a ${goTypeName(actual ?? null)}`);
}
