import type { Schema } from '../../schema/schema.js';
import type { ObjectTypes } from '../environment.js';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  object,
  STRING,
  TIMESTAMP,
} from '../type.js';
import { escapeProperty, fieldNamed } from './property-names.js';
import { withTypeAndMeta } from './resource-schema.js';

/** Largest body of a request, which bounds what a schema leaves open. */
export const REQUEST_BYTES_MAX = 3 * 1024 * 1024;

/** What a schema says about values to expressions: their type, and how large they may get. */
export interface DeclaredType {
  /** Undefined for objects, whose types are named where they are used. */
  readonly type?: CelType;
  /** Most characters, items or entries; 0 where values have no size. */
  readonly elementsMax: number;
  /** Least bytes of JSON. */
  readonly bytesMin: number;
  /** By escaped names. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
  /** Of maps. */
  readonly key?: DeclaredType;
  /** Items of lists, values of maps. */
  readonly element?: DeclaredType;
}

const STRING_BYTES_MIN = 2;
const BOOL_BYTES_MIN = 4;
const NUMBER_BYTES_MIN = 1;
const DATE_BYTES = 12;
const TIME_BYTES_MIN = 21;
const TIME_BYTES_MAX = 32;
const DURATION_BYTES_MIN = 3;
const DURATION_BYTES_MAX = 32;
/** Bytes of the longest character. */
const CHARACTER_BYTES_MAX = 4;

const KEY: DeclaredType = { type: STRING, elementsMax: 0, bytesMin: STRING_BYTES_MIN };

const known: Record<'whole' | 'part', WeakMap<Schema, { readonly type: DeclaredType | undefined }>> = {
  whole: new WeakMap(),
  part: new WeakMap(),
};

/**
 * Undefined where expressions may not see the values: without a type, or of elements that they may not see.
 * @param isResource values are whole resources
 */
export function declareSchema(schema: Schema, isResource: boolean): DeclaredType | undefined {
  const cache = known[isResource ? 'whole' : 'part'];
  let found = cache.get(schema);
  if (found === undefined) {
    found = { type: declare(isResource ? withTypeAndMeta(schema) : schema) };
    cache.set(schema, found);
  }
  return found.type;
}

function declare(schema: Schema): DeclaredType | undefined {
  if (schema.intOrString) {
    const limit = schema.validation?.maxLength;
    const elementsMax = limit === undefined ? REQUEST_BYTES_MAX - 2 : Math.max(limit, 0) * CHARACTER_BYTES_MAX;
    return { type: DYN, elementsMax, bytesMin: 1 };
  }
  switch (schema.type) {
    case 'array':
      return declareList(schema);
    case 'object':
      return typeof schema.additionalProperties === 'object' ? declareMap(schema) : declareObject(schema);
    case 'string':
      return declareString(schema);
    case 'boolean':
      return { type: BOOL, elementsMax: 0, bytesMin: BOOL_BYTES_MIN };
    case 'number':
      return { type: DOUBLE, elementsMax: 0, bytesMin: NUMBER_BYTES_MIN };
    case 'integer':
      return { type: INT, elementsMax: 0, bytesMin: NUMBER_BYTES_MIN };
    default:
      return undefined;
  }
}

function declarePart(schema: Schema): DeclaredType | undefined {
  return declareSchema(schema, schema.embeddedResource === true);
}

function declareList({ items, validation }: Schema): DeclaredType | undefined {
  const element = items === undefined ? undefined : declarePart(items);
  if (element === undefined) return undefined;
  const fitting = Math.floor((REQUEST_BYTES_MAX - 2) / (element.bytesMin + 1));
  return { element, elementsMax: Math.max(validation?.maxItems ?? fitting, 0), bytesMin: 2 };
}

function declareMap({ additionalProperties, validation }: Schema): DeclaredType | undefined {
  const element = typeof additionalProperties === 'object' ? declarePart(additionalProperties) : undefined;
  if (element === undefined) return undefined;
  // An entry has at least an empty key, quotation marks, a colon and a comma.
  const fitting = Math.floor((REQUEST_BYTES_MAX - 2) / (element.bytesMin + 6));
  return { key: KEY, element, elementsMax: Math.max(validation?.maxProperties ?? fitting, 0), bytesMin: 2 };
}

function declareObject({ properties, required }: Schema): DeclaredType {
  const fields = new Map<string, DeclaredType>();
  let bytesMin = 2;
  for (const [name, schema] of properties ?? []) {
    const type = declarePart(schema);
    if (type === undefined) continue;
    const field = escapeProperty(name);
    if (field !== undefined) fields.set(field, type);
    if (required?.includes(name) && schema.default === undefined) bytesMin += name.length + type.bytesMin + 4;
  }
  return { fields, elementsMax: 0, bytesMin };
}

function declareString({ format, validation }: Schema): DeclaredType {
  const limit = validation?.maxLength === undefined ? undefined : Math.max(validation.maxLength, 0);
  switch (format) {
    case 'byte':
      return { type: BYTES, elementsMax: limit ?? REQUEST_BYTES_MAX - 2, bytesMin: STRING_BYTES_MIN };
    case 'duration':
      return { type: DURATION, elementsMax: DURATION_BYTES_MAX, bytesMin: DURATION_BYTES_MIN };
    case 'date':
      return { type: TIMESTAMP, elementsMax: DATE_BYTES, bytesMin: DATE_BYTES };
    case 'date-time':
      return { type: TIMESTAMP, elementsMax: TIME_BYTES_MAX, bytesMin: TIME_BYTES_MIN };
  }
  let elementsMax = REQUEST_BYTES_MAX - 2;
  if (limit !== undefined) elementsMax = limit * CHARACTER_BYTES_MAX;
  else if ((validation?.enum ?? []).length > 0) {
    const lengths = validation!.enum!.map((one) => (typeof one === 'string' ? Buffer.byteLength(one) : 0));
    elementsMax = Math.max(...lengths);
  }
  return { type: STRING, elementsMax, bytesMin: STRING_BYTES_MIN };
}

/** Gives the objects within declared types names, by where they stand, as far as somebody asks. */
export class DeclaredObjects implements ObjectTypes {
  private readonly byName = new Map<string, DeclaredType>();

  /** @param name of the type, should it be an object */
  typeOf(declared: DeclaredType, name: string): CelType {
    if (declared.type !== undefined) return declared.type;
    if (declared.fields !== undefined) {
      this.byName.set(name, declared);
      return object(name);
    }
    if (declared.key === undefined) return listOf(this.typeOf(declared.element!, `${name}.@idx`));
    return mapOf(STRING, this.typeOf(declared.element!, `${name}.@elem`));
  }

  fieldType(typeName: string, field: string): CelType | undefined {
    const fields = this.byName.get(typeName)?.fields;
    const declared = fields && fieldNamed(fields, field);
    return declared === undefined ? undefined : this.typeOf(declared, `${typeName}.${field}`);
  }

  has(typeName: string): boolean {
    return this.byName.has(typeName);
  }
}
