import { isJsonObject, type JsonObject, type JsonValue, sortFields } from '../meta/json.js';

/** Fields of upstream's internal JSONSchemaProps in their order, each with its keyword and how an unset one is printed. */
const FIELDS: readonly (readonly [name: string, keyword: string, unset: JsonValue])[] = [
  ['ID', 'id', ''],
  ['Schema', '$schema', ''],
  ['Ref', '$ref', null],
  ['Description', 'description', ''],
  ['Type', 'type', ''],
  ['Nullable', 'nullable', false],
  ['Format', 'format', ''],
  ['Title', 'title', ''],
  ['Default', 'default', null],
  ['Maximum', 'maximum', null],
  ['ExclusiveMaximum', 'exclusiveMaximum', false],
  ['Minimum', 'minimum', null],
  ['ExclusiveMinimum', 'exclusiveMinimum', false],
  ['MaxLength', 'maxLength', null],
  ['MinLength', 'minLength', null],
  ['Pattern', 'pattern', ''],
  ['MaxItems', 'maxItems', null],
  ['MinItems', 'minItems', null],
  ['UniqueItems', 'uniqueItems', false],
  ['MultipleOf', 'multipleOf', null],
  ['Enum', 'enum', null],
  ['MaxProperties', 'maxProperties', null],
  ['MinProperties', 'minProperties', null],
  ['Required', 'required', null],
  ['Items', 'items', null],
  ['AllOf', 'allOf', null],
  ['OneOf', 'oneOf', null],
  ['AnyOf', 'anyOf', null],
  ['Not', 'not', null],
  ['Properties', 'properties', null],
  ['AdditionalProperties', 'additionalProperties', null],
  ['PatternProperties', 'patternProperties', null],
  ['Dependencies', 'dependencies', null],
  ['AdditionalItems', 'additionalItems', null],
  ['Definitions', 'definitions', null],
  ['ExternalDocs', 'externalDocs', null],
  ['Example', 'example', null],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', null],
  ['XEmbeddedResource', 'x-kubernetes-embedded-resource', false],
  ['XIntOrString', 'x-kubernetes-int-or-string', false],
  ['XListMapKeys', 'x-kubernetes-list-map-keys', null],
  ['XListType', 'x-kubernetes-list-type', null],
  ['XMapType', 'x-kubernetes-map-type', null],
  ['XValidations', 'x-kubernetes-validations', null],
];

type Print = (value: JsonValue) => JsonValue;

const eachOf =
  (print: Print): Print =>
  (value) =>
    Array.isArray(value) ? value.map(print) : null;
const namedOf =
  (print: Print): Print =>
  (value) =>
    isJsonObject(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((name) => [name, print(value[name] ?? null)]),
        )
      : null;
const one: Print = (value) => printGoSchema(isJsonObject(value) ? value : {});
const orBool: Print = (value) =>
  isJsonObject(value) ? { Allows: true, Schema: one(value) } : { Allows: value === true, Schema: null };
const orArray: Print = (value) =>
  Array.isArray(value) ? { Schema: null, JSONSchemas: value.map(one) } : { Schema: one(value), JSONSchemas: null };
const orNames: Print = (value) =>
  Array.isArray(value) ? { Schema: null, Property: value } : { Schema: one(value), Property: null };

const PRINTERS: Readonly<Record<string, Print>> = {
  items: orArray,
  allOf: eachOf(one),
  oneOf: eachOf(one),
  anyOf: eachOf(one),
  not: one,
  properties: namedOf(one),
  additionalProperties: orBool,
  patternProperties: namedOf(one),
  dependencies: namedOf(orNames),
  additionalItems: orBool,
  definitions: namedOf(one),
  externalDocs: (docs) => (isJsonObject(docs) ? { Description: docs.description ?? '', URL: docs.url ?? '' } : null),
  'x-kubernetes-validations': eachOf((rule) => printGoRule(isJsonObject(rule) ? rule : {})),
};

/** A CRD's schema as upstream prints it in errors: its internal type, every field spelled out. */
export function printGoSchema(schema: JsonObject): JsonObject {
  const printed: JsonObject = {};
  for (const [name, keyword, unset] of FIELDS) {
    const value = schema[keyword] ?? undefined;
    const print = PRINTERS[keyword] ?? sortFields;
    printed[name] = value === undefined ? unset : print(value);
  }
  return printed;
}

/** A rule of x-kubernetes-validations in the same manner. */
export function printGoRule(rule: JsonObject): JsonObject {
  return {
    Rule: rule.rule ?? '',
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}
