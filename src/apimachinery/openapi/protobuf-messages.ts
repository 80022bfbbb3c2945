import { isJsonObject, type JsonValue } from '../meta/json.js';

/** How a JSON value goes on the wire. */
export type WireType =
  | { readonly kind: 'string' | 'bool' | 'int' | 'double' | 'any' }
  | { readonly kind: 'list' | 'named'; readonly of: WireType }
  /** A message of one field, number `at`. */
  | { readonly kind: 'wrapped'; readonly of: WireType; readonly at: number }
  | { readonly kind: 'message'; readonly of: () => Message }
  | { readonly kind: 'inline'; readonly of: () => WireType }
  /** A message with one field out of several, by the value; undefined leaves it empty. */
  | { readonly kind: 'choice'; readonly choose: Choose };

type Choose = (value: JsonValue) => readonly [number, WireType] | undefined;

export interface Message {
  readonly fields: Readonly<Record<string, readonly [number, WireType]>>;
  /** Number of the field that holds `x-...`. */
  readonly extensions?: number;
}

const string: WireType = { kind: 'string' };
const bool: WireType = { kind: 'bool' };
const int: WireType = { kind: 'int' };
const double: WireType = { kind: 'double' };
const any: WireType = { kind: 'any' };
const strings: WireType = { kind: 'list', of: string };

function list(of: WireType): WireType {
  return { kind: 'list', of };
}

/** A message whose only field holds the value. */
function wrapped(of: WireType, at = 1): WireType {
  return { kind: 'wrapped', of, at };
}

/** A map inside a message of its own, whose field `at` holds the entries. */
function namedIn(of: WireType, at = 1): WireType {
  return wrapped({ kind: 'named', of }, at);
}

function message(of: () => Message): WireType {
  return { kind: 'message', of };
}

function later(of: () => WireType): WireType {
  return { kind: 'inline', of };
}

function choice(choose: Choose): WireType {
  return { kind: 'choice', choose };
}

function isReference(value: JsonValue): boolean {
  return isJsonObject(value) && value['$ref'] !== undefined;
}

const INFO: Message = { fields: { title: [1, string], version: [2, string], description: [3, string] } };
const SECURITY: WireType = list(namedIn(wrapped(strings)));

// Version 2.

const REFERENCE_V2: Message = { fields: { $ref: [1, string], description: [2, string] } };
const SCHEMA_V2: Message = {
  fields: {
    $ref: [1, string],
    format: [2, string],
    title: [3, string],
    description: [4, string],
    default: [5, any],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, bool],
    minimum: [9, double],
    exclusiveMinimum: [10, bool],
    maxLength: [11, int],
    minLength: [12, int],
    pattern: [13, string],
    maxItems: [14, int],
    minItems: [15, int],
    uniqueItems: [16, bool],
    maxProperties: [17, int],
    minProperties: [18, int],
    required: [19, strings],
    enum: [20, list(any)],
    additionalProperties: [21, choice((value) => (isJsonObject(value) ? [1, schemaV2()] : [2, bool]))],
    type: [22, wrapped(strings)],
    items: [23, later(() => wrapped(list(schemaV2())))],
    allOf: [24, later(() => list(schemaV2()))],
    properties: [25, later(() => namedIn(schemaV2()))],
  },
  extensions: 31,
};

function schemaV2(): WireType {
  return message(() => SCHEMA_V2);
}

const BODY_PARAMETER: Message = {
  fields: {
    description: [1, string],
    name: [2, string],
    in: [3, string],
    required: [4, bool],
    schema: [5, schemaV2()],
  },
};
const QUERY_PARAMETER: Message = {
  fields: {
    required: [1, bool],
    in: [2, string],
    description: [3, string],
    name: [4, string],
    type: [6, string],
    format: [7, string],
    uniqueItems: [20, bool],
  },
};
const PATH_PARAMETER: Message = {
  fields: {
    required: [1, bool],
    in: [2, string],
    description: [3, string],
    name: [4, string],
    type: [5, string],
    format: [6, string],
    uniqueItems: [19, bool],
  },
};
const PARAMETER_V2: WireType = choice((value) => {
  const place = isJsonObject(value) ? value['in'] : undefined;
  if (place === 'body') return [1, message(() => BODY_PARAMETER)];
  return [
    2,
    choice(() => (place === 'path' ? [4, message(() => PATH_PARAMETER)] : [3, message(() => QUERY_PARAMETER)])),
  ];
});
const PARAMETER_ITEM_V2: WireType = choice((value) =>
  isReference(value) ? [2, message(() => REFERENCE_V2)] : [1, PARAMETER_V2],
);
const RESPONSE_V2: Message = { fields: { description: [1, string], schema: [2, wrapped(schemaV2())] } };
const OPERATION_V2: Message = {
  fields: {
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    produces: [6, strings],
    consumes: [7, strings],
    parameters: [8, list(PARAMETER_ITEM_V2)],
    responses: [9, namedIn(wrapped(message(() => RESPONSE_V2)))],
    schemes: [10, strings],
    deprecated: [11, bool],
  },
  extensions: 13,
};
const OPERATION_TYPE_V2 = message(() => OPERATION_V2);
const PATH_ITEM_V2: Message = {
  fields: {
    get: [2, OPERATION_TYPE_V2],
    put: [3, OPERATION_TYPE_V2],
    post: [4, OPERATION_TYPE_V2],
    delete: [5, OPERATION_TYPE_V2],
    options: [6, OPERATION_TYPE_V2],
    head: [7, OPERATION_TYPE_V2],
    patch: [8, OPERATION_TYPE_V2],
    parameters: [9, list(PARAMETER_ITEM_V2)],
  },
  extensions: 10,
};
const API_KEY_V2: Message = {
  fields: { type: [1, string], name: [2, string], in: [3, string], description: [4, string] },
};

export const V2_DOCUMENT: Message = {
  fields: {
    swagger: [1, string],
    info: [2, message(() => INFO)],
    paths: [
      8,
      namedIn(
        message(() => PATH_ITEM_V2),
        2,
      ),
    ],
    definitions: [9, namedIn(schemaV2())],
    parameters: [10, namedIn(PARAMETER_V2)],
    security: [12, SECURITY],
    securityDefinitions: [13, namedIn(choice(() => [2, message(() => API_KEY_V2)]))],
  },
};

// Version 3.

const REFERENCE_V3: Message = { fields: { $ref: [1, string] } };
const SCHEMA_OR_REFERENCE: WireType = choice((value) =>
  isReference(value) ? [2, message(() => REFERENCE_V3)] : [1, message(() => SCHEMA_V3)],
);
/** Only scalar defaults have a place on the wire; others leave an empty message. */
const DEFAULT_V3: WireType = choice((value) => {
  if (typeof value === 'boolean') return [2, bool];
  if (typeof value === 'string') return [3, string];
  return typeof value === 'number' || typeof value === 'bigint' ? [1, double] : undefined;
});
const SCHEMA_V3: Message = {
  fields: {
    nullable: [1, bool],
    title: [9, string],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, bool],
    minimum: [13, double],
    exclusiveMinimum: [14, bool],
    maxLength: [15, int],
    minLength: [16, int],
    pattern: [17, string],
    maxItems: [18, int],
    minItems: [19, int],
    uniqueItems: [20, bool],
    maxProperties: [21, int],
    minProperties: [22, int],
    required: [23, strings],
    enum: [24, list(any)],
    type: [25, string],
    allOf: [26, list(SCHEMA_OR_REFERENCE)],
    oneOf: [27, list(SCHEMA_OR_REFERENCE)],
    anyOf: [28, list(SCHEMA_OR_REFERENCE)],
    not: [29, message(() => SCHEMA_V3)],
    items: [30, wrapped(list(SCHEMA_OR_REFERENCE))],
    properties: [31, namedIn(SCHEMA_OR_REFERENCE)],
    additionalProperties: [32, choice((value) => (isJsonObject(value) ? [1, SCHEMA_OR_REFERENCE] : [2, bool]))],
    default: [33, DEFAULT_V3],
    description: [34, string],
    format: [35, string],
  },
  extensions: 36,
};
const CONTENT_V3: WireType = namedIn(message(() => ({ fields: { schema: [1, SCHEMA_OR_REFERENCE] } })));
const PARAMETER_V3: WireType = choice((value) =>
  isReference(value)
    ? [2, message(() => REFERENCE_V3)]
    : [
        1,
        message(() => ({
          fields: {
            name: [1, string],
            in: [2, string],
            description: [3, string],
            required: [4, bool],
            schema: [10, SCHEMA_OR_REFERENCE],
          },
        })),
      ],
);
const REQUEST_BODY_V3: WireType = choice(() => [
  1,
  message(() => ({ fields: { description: [1, string], content: [2, CONTENT_V3], required: [3, bool] } })),
]);
const RESPONSE_V3: WireType = choice(() => [
  1,
  message(() => ({ fields: { description: [1, string], content: [3, CONTENT_V3] } })),
]);
const OPERATION_V3: WireType = message(() => ({
  fields: {
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    parameters: [6, list(PARAMETER_V3)],
    requestBody: [7, REQUEST_BODY_V3],
    responses: [8, namedIn(RESPONSE_V3, 2)],
    deprecated: [10, bool],
  },
  extensions: 13,
}));
const PATH_ITEM_V3: Message = {
  fields: {
    get: [4, OPERATION_V3],
    put: [5, OPERATION_V3],
    post: [6, OPERATION_V3],
    delete: [7, OPERATION_V3],
    options: [8, OPERATION_V3],
    head: [9, OPERATION_V3],
    patch: [10, OPERATION_V3],
    parameters: [13, list(PARAMETER_V3)],
  },
  extensions: 14,
};
const SECURITY_SCHEME_V3: WireType = choice(() => [
  1,
  message(() => ({ fields: { type: [1, string], description: [2, string], name: [3, string], in: [4, string] } })),
]);

export const V3_DOCUMENT: Message = {
  fields: {
    openapi: [1, string],
    info: [2, message(() => INFO_V3)],
    paths: [4, namedIn(message(() => PATH_ITEM_V3))],
    components: [
      5,
      message(() => ({
        fields: { schemas: [1, namedIn(SCHEMA_OR_REFERENCE)], securitySchemes: [7, namedIn(SECURITY_SCHEME_V3)] },
      })),
    ],
    security: [6, SECURITY],
  },
};
const INFO_V3: Message = { fields: { title: [1, string], description: [2, string], version: [6, string] } };
