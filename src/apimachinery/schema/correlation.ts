import { isJsonObject, type JsonValue, jsonEqual } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import type { Schema } from './schema.js';

/**
 * A value beside the one it had before an update, as far as the two can be told to be the same thing: fields by name, items of
 * map lists by their keys. Items of other lists have no past.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
export class Correlation {
  private oldItems: ReadonlyMap<string, JsonValue> | undefined;
  private unchanged: boolean | undefined;

  constructor(
    private readonly schema: Schema,
    private readonly value: JsonValue,
    private readonly old: JsonValue,
  ) {}

  /** Undefined where the field is new, gone or unknown to the schema. */
  field(name: string): Correlation | undefined {
    if (!isJsonObject(this.value) || !isJsonObject(this.old)) return undefined;
    const value = Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    const old = Object.hasOwn(this.old, name) ? this.old[name] : undefined;
    if (value === undefined || old === undefined) return undefined;
    const { properties, additionalProperties } = this.schema;
    const schema =
      properties?.get(name) ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    return schema === undefined ? undefined : new Correlation(schema, value, old);
  }

  /** Undefined where no old item has the keys of the new one. */
  item(index: number): Correlation | undefined {
    const { value, old, schema } = this;
    if (!Array.isArray(value) || !Array.isArray(old)) return undefined;
    if (schema.listType !== 'map' || schema.items === undefined) return undefined;
    this.oldItems ??= new Map(old.map((item) => [this.keyOf(item), item]));
    const before = this.oldItems.get(this.keyOf(value[index]!));
    return before === undefined ? undefined : new Correlation(schema.items, value[index]!, before);
  }

  /** Whether nothing changed; the order of a map list does not count. */
  isUnchanged(): boolean {
    this.unchanged ??= this.compare();
    return this.unchanged;
  }

  private compare(): boolean {
    const { value, old, schema } = this;
    if (Array.isArray(value) && Array.isArray(old)) {
      if (schema.listType !== 'map') return jsonEqual(value, old);
      return value.length === old.length && value.every((_, i) => this.item(i)?.isUnchanged() === true);
    }
    if (!isJsonObject(value) || !isJsonObject(old)) return jsonEqual(value, old);
    const names = Object.keys(value);
    if (names.length !== Object.keys(old).length) return false;
    return names.every((name) => this.field(name)?.isUnchanged() ?? jsonEqual(value[name], old[name]));
  }

  private keyOf(item: JsonValue): string {
    if (!isJsonObject(item)) return encodeJson(item);
    return encodeJson((this.schema.listMapKeys ?? []).map((name) => item[name] ?? null));
  }
}
