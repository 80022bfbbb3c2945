import { isJsonObject, type JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { decodeBuiltin, normalizeBuiltin } from '../apimachinery/schema/decode-builtin.js';
import { applyDefaults } from '../apimachinery/schema/defaulting.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { ObjectCodec } from './resource-definition.js';

export interface BuiltinCodec extends ObjectCodec {
  /** The defaults that the published schema tells, in place; defaults set in code are the kind's policy's. */
  applyDefaults(object: KubeObject): void;
}

/**
 * The codec of a type of the catalogue.
 * @param emptyListsAreNull how the normal form spells empty lists of required fields
 */
export function builtinCodec(schema: Schema, emptyListsAreNull = false): BuiltinCodec {
  return {
    decode: (value, strict) => {
      const object = decodeBuiltin(schema, value, strict) as KubeObject;
      object.metadata ??= {};
      // Go's empty list would be left out, but to field management it says: clear them.
      if (asksToClear(value.metadata)) object.metadata.managedFields = [];
      return object;
    },
    normalize: (object) => normalizeBuiltin(schema, object, emptyListsAreNull) as KubeObject,
    applyDefaults: (object) => {
      applyDefaults(schema, object);
    },
  };
}

function asksToClear(metadata: JsonValue | undefined): boolean {
  const given = isJsonObject(metadata) ? metadata.managedFields : undefined;
  return Array.isArray(given) && given.length === 0;
}
