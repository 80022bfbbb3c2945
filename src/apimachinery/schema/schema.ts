import type { JsonValue } from '../meta/json.js';

/**
 * The structural schema: one node of the tree that both built-in types (compiled from `apis/data`) and custom resources
 * (compiled from a CRD's OpenAPI v3 schema) become. Pruning, strict-field checks, defaulting, validation, list-map
 * merging, server-side apply, strategic merge, protobuf and OpenAPI publishing all read it. Immutable once built; may be
 * recursive through `ref` (JSONSchemaProps), hence getters on compiled nodes.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export interface Schema {
  /** Undefined stands for "any value" (RawExtension, JSON, x-kubernetes-preserve-unknown-fields without type). */
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** Name of the built-in type this node is, for example `core.v1.PodSpec`: names OpenAPI models and Go-style errors. */
  readonly ref?: string;
  /** The built-in type itself, where this is a field that holds it. */
  readonly declared?: Schema;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: ReadonlyMap<string, Schema>;
  /** Schema of the values of a map; `true` means any value. */
  readonly additionalProperties?: Schema | true;
  readonly items?: Schema;
  /** Of a `SchemaOr...` special form: what its object form is. */
  readonly alternative?: Schema;
  readonly nullable?: boolean;
  readonly default?: JsonValue;
  readonly required?: readonly string[];
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'granular' | 'atomic';
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly preserveUnknownFields?: boolean;
  readonly embeddedResource?: boolean;
  readonly intOrString?: boolean;
  /** Value validations of a custom resource's schema (built-in kinds validate in their strategies). */
  readonly validation?: ValueValidation;
  /** CEL rules (x-kubernetes-validations). */
  readonly rules?: readonly ValidationRule[];
  /** x-kubernetes-unions as published for some built-in types. */
  readonly unions?: JsonValue;
  /** How Go's encoder treats this field of a built-in type; absent on custom resources. */
  readonly codec?: FieldCodec;
}

/** What Go's types say beyond the published schema: it decides what an answer spells out and what it omits. */
export interface FieldCodec {
  /** Special wire and text forms. */
  readonly special?: SpecialForm;
  /** A pointer: its zero value is kept when given. */
  readonly pointer: boolean;
  /**
   * The zero value (of a pointer: nil) is left out of answers. It is what `omitempty` does, not where it stands: Go prints
   * plain structs, Time and Quantity among them, whatever their tag; only `omitzero` leaves them out.
   */
  readonly omitEmpty: boolean;
  /** A list that is given empty is told apart from one that is not given, as long as a request is worked on. */
  readonly keepEmpty?: boolean;
  /** Go type as decoding errors name it: `int32`, `v1.Protocol`, `[]v1.Container`. */
  readonly goType: string;
  /** Protobuf field number and, where the JSON type does not imply it, wire type. */
  readonly protobuf?: WireField;
  /** The published schema names Go's zero value as the default: the field is a plain value; `Schema.default` stays unset. */
  readonly zeroDefault?: boolean;
}

/** Forms whose JSON or wire text follows rules of its own; the Schema* ones are "a schema or something else" in CRDs. */
export type SpecialForm =
  | 'Quantity'
  | 'Time'
  | 'MicroTime'
  | 'Duration'
  | 'IntOrString'
  | 'RawExtension'
  | 'FieldsV1'
  | 'JSON'
  | 'Patch'
  | 'bytes'
  | 'SchemaOrArray'
  | 'SchemaOrBool'
  | 'SchemaOrStringArray';

export interface WireField {
  readonly number: number;
  /** Wire type where the JSON type does not imply it: a list wrapped into a message. */
  readonly type?: string;
  /** Field numbers of the messages around this field, outermost first, where JSON flattens what the wire nests. */
  readonly inside?: readonly number[];
}

/** Keywords of OpenAPI v3 that a structural schema may carry, and the non-structural logic that may only validate. */
export interface ValueValidation {
  readonly enum?: readonly JsonValue[];
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
}

/** @see https://kubernetes.io/docs/reference/using-api/cel/ */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}
