import type { KubeObject } from '../apimachinery/meta/object.js';
import { decodeBuiltin, normalizeBuiltin } from '../apimachinery/schema/decode-builtin.js';
import { applyDefaults } from '../apimachinery/schema/defaulting.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { ObjectCodec } from './resource-definition.js';

export interface BuiltinCodec extends ObjectCodec {
  /** The defaults that the published schema tells, in place; defaults set in code are the kind's policy's. */
  applyDefaults(object: KubeObject): void;
}

/** The codec of a type of the catalogue. */
export function builtinCodec(schema: Schema): BuiltinCodec {
  return {
    decode: (value, strict) => {
      const object = decodeBuiltin(schema, value, strict) as KubeObject;
      object.metadata ??= {};
      return object;
    },
    normalize: (object) => normalizeBuiltin(schema, object) as KubeObject,
    applyDefaults: (object) => {
      applyDefaults(schema, object);
    },
  };
}
