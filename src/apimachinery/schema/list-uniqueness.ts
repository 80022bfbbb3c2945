import { isJsonObject, type JsonObject, type JsonValue, sortFields } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import { type WholeFloats, wholeFloatsOf } from '../runtime/whole-floats.js';
import { type FieldError, FieldPath, Float64, fieldDuplicate, fieldInvalid } from '../validation/field-error.js';
import type { Schema } from './schema.js';

/**
 * What x-kubernetes-list-type promises: a `set` holds no value twice, a `map` no keys twice. Each repeated value is told once.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function validateListUniqueness(schema: Schema, value: JsonValue): FieldError[] {
  if (!hasUniqueLists(schema)) return [];
  const walker = new ListWalker(wholeFloatsOf(value));
  walker.walk(schema, value, FieldPath.root());
  return walker.errors;
}

class ListWalker {
  readonly errors: FieldError[] = [];

  /** @param wholeFloats paths of numbers without fraction that differ from integers all the same */
  constructor(private readonly wholeFloats: WholeFloats | undefined) {}

  walk(schema: Schema, value: JsonValue, at: FieldPath): void {
    if (!hasUniqueLists(schema)) return;
    if (Array.isArray(value)) {
      this.checkList(schema, value, at);
      const { items } = schema;
      if (items === undefined || !hasUniqueLists(items)) return;
      for (let i = 0; i < value.length; i++) this.walk(items, value[i]!, at.index(i));
    } else if (isJsonObject(value)) {
      for (const name of Object.keys(value)) {
        const inner = value[name];
        if (inner === undefined) continue;
        const property = schema.properties?.get(name);
        if (property !== undefined) this.walk(property, inner, at.child(name));
        else if (typeof schema.additionalProperties === 'object') {
          this.walk(schema.additionalProperties, inner, at.key(name));
        }
      }
    }
  }

  private checkList(schema: Schema, list: JsonValue[], at: FieldPath): void {
    if (schema.listType === 'set') this.reportRepeats(list, (item) => item, at);
    if (schema.listType !== 'map') return;
    const odd = list.findIndex((item) => item !== null && !isJsonObject(item));
    if (odd < 0) {
      this.reportRepeats(list, (item) => keysOf(schema, item), at);
    } else {
      const text = 'must be an object for an array of list-type map';
      this.errors.push(fieldInvalid(at.index(odd), sortFields(list[odd]!), text));
    }
  }

  private reportRepeats(list: JsonValue[], identity: (item: JsonValue) => JsonValue, at: FieldPath): void {
    const seen = new Map<string, 'once' | 'told'>();
    list.forEach((item, i) => {
      const key = identity(item);
      const isFloat = this.wholeFloats?.has(at.index(i).toString()) === true;
      const text = isFloat ? `float ${identityText(key)}` : identityText(key);
      const before = seen.get(text);
      seen.set(text, before === undefined ? 'once' : 'told');
      if (before !== 'once') return;
      this.errors.push(fieldDuplicate(at.index(i), isFloat ? new Float64(Number(key)) : sortFields(key)));
    });
  }
}

/** The keys of an item of a map list; an item that is null has none. */
function keysOf(schema: Schema, item: JsonValue): JsonValue {
  if (!isJsonObject(item)) return {};
  const keys: JsonObject = {};
  for (const name of [...(schema.listMapKeys ?? [])].sort()) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value !== undefined) keys[name] = value;
  }
  return keys;
}

/** Equal for equal values, whatever the order of their fields. */
function identityText(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} ${encodeJson(value)}`;
  if (Array.isArray(value)) return `[${value.map(identityText).join(',')}]`;
  const fields = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${identityText(value[name]!)}`).join(',')}}`;
}

const known = new WeakMap<Schema, boolean>();

function hasUniqueLists(schema: Schema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    has =
      schema.listType === 'set' ||
      schema.listType === 'map' ||
      (schema.items !== undefined && hasUniqueLists(schema.items)) ||
      (typeof schema.additionalProperties === 'object' && hasUniqueLists(schema.additionalProperties)) ||
      [...(schema.properties?.values() ?? [])].some(hasUniqueLists);
    known.set(schema, has);
  }
  return has;
}
