import type { JsonValue } from '../apimachinery/meta/json.js';
import type { FieldCodec, Schema, SpecialForm } from '../apimachinery/schema/schema.js';

/** Type of a field in the catalogue: a name, `[T]` for a list, `{"*": T}` for a map. */
export type TypeExpression = string | readonly [TypeExpression] | { readonly '*': TypeExpression };

/** One field as `data/catalogue.json` has it; scripts/build-catalogue.mjs explains the keys. */
export interface FieldFacts {
  readonly type: TypeExpression;
  readonly required?: boolean;
  readonly default?: JsonValue;
  readonly zero?: boolean;
  readonly enum?: readonly JsonValue[];
  readonly listType?: Schema['listType'];
  readonly listMapKeys?: readonly string[];
  readonly mapType?: Schema['mapType'];
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly pb?: number;
  readonly pbType?: string;
  readonly in?: readonly number[];
  readonly go?: string;
  readonly ptr?: boolean;
  readonly omit?: boolean;
  readonly omitZero?: boolean;
  readonly keepEmpty?: boolean;
}

export interface TypeFacts {
  readonly gvk?: readonly (readonly [group: string, version: string, kind: string])[];
  readonly mapType?: Schema['mapType'];
  readonly unions?: JsonValue;
  readonly scalar?: SpecialForm;
  readonly fields?: Readonly<Record<string, FieldFacts>>;
}

type Resolve = (typeName: string) => Schema;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A built-in struct type. Its fields are compiled when first asked for: that makes recursion and a fast start possible. */
export class StructNode implements Schema {
  readonly type?: 'object';
  readonly ref: string;
  readonly mapType?: Schema['mapType'];
  readonly unions?: JsonValue;
  readonly codec?: FieldCodec;
  private readonly facts: TypeFacts;
  private compiled: ReadonlyMap<string, Schema> | undefined;
  private requiredNames: readonly string[] | undefined;

  constructor(
    typeName: string,
    types: Readonly<Record<string, TypeFacts>>,
    private readonly resolve: Resolve,
  ) {
    const facts = types[typeName];
    if (facts === undefined) throw new RangeError(`no built-in type ${typeName}`);
    this.ref = typeName;
    this.facts = facts;
    if (facts.scalar === undefined) this.type = 'object';
    this.mapType = facts.mapType;
    this.unions = facts.unions;
    this.codec = { pointer: false, omitEmpty: false, goType: goTypeOfRef(typeName), special: facts.scalar };
  }

  get properties(): ReadonlyMap<string, Schema> | undefined {
    if (this.facts.fields === undefined) return undefined;
    this.compiled ??= new Map(
      Object.entries(this.facts.fields).map(([name, field]) => [name, fieldSchema(field, this.resolve)]),
    );
    return this.compiled;
  }

  get alternative(): Schema | undefined {
    return this.facts.scalar === undefined ? undefined : this.resolve('apiextensions.v1.JSONSchemaProps');
  }

  get required(): readonly string[] {
    this.requiredNames ??= Object.entries(this.facts.fields ?? {}).flatMap(([name, f]) => (f.required ? [name] : []));
    return this.requiredNames;
  }
}

/** A field that holds a struct: the struct's node seen through what the field adds. */
class StructFieldNode implements Schema {
  readonly type?: 'object';
  readonly ref: string;
  readonly mapType?: Schema['mapType'];

  constructor(
    readonly declared: Schema & { readonly ref: string },
    readonly codec: FieldCodec,
    facts: Partial<FieldFacts>,
    readonly validation: Schema['validation'],
    readonly patchStrategy: string | undefined = facts.patchStrategy,
    readonly unions: JsonValue | undefined = declared.unions,
  ) {
    if (declared.type === 'object') this.type = 'object';
    this.ref = declared.ref;
    this.mapType = facts.mapType ?? declared.mapType;
  }

  get properties(): ReadonlyMap<string, Schema> | undefined {
    return this.declared.properties;
  }

  get alternative(): Schema | undefined {
    return this.declared.alternative;
  }

  get required(): readonly string[] | undefined {
    return this.declared.required;
  }
}

const SCALARS: Readonly<Record<string, Pick<Schema, 'type' | 'format' | 'preserveUnknownFields' | 'intOrString'>>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  'integer:int32': { type: 'integer', format: 'int32' },
  'integer:int64': { type: 'integer', format: 'int64' },
  'number:double': { type: 'number', format: 'double' },
  'string:byte': { type: 'string', format: 'byte' },
  any: { preserveUnknownFields: true },
  object: { type: 'object', preserveUnknownFields: true },
  Quantity: { type: 'string' },
  Time: { type: 'string', format: 'date-time' },
  MicroTime: { type: 'string', format: 'date-time' },
  Duration: { type: 'string' },
  IntOrString: { intOrString: true, format: 'int-or-string' },
  RawExtension: { type: 'object', preserveUnknownFields: true },
  FieldsV1: { type: 'object', preserveUnknownFields: true },
  JSON: { preserveUnknownFields: true },
  Patch: { type: 'object', preserveUnknownFields: true },
};

const SPECIAL_FORMS: Readonly<Record<string, SpecialForm>> = {
  Quantity: 'Quantity',
  Time: 'Time',
  MicroTime: 'MicroTime',
  Duration: 'Duration',
  IntOrString: 'IntOrString',
  RawExtension: 'RawExtension',
  FieldsV1: 'FieldsV1',
  JSON: 'JSON',
  Patch: 'Patch',
  'string:byte': 'bytes',
};

const GO_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  'integer:int32': 'int32',
  'integer:int64': 'int64',
  'number:double': 'float64',
  'string:byte': '[]uint8',
  Quantity: 'resource.Quantity',
  IntOrString: 'intstr.IntOrString',
  RawExtension: 'runtime.RawExtension',
};

/** `core.v1.PodSpec` -> `v1.PodSpec`. */
function goTypeOfRef(typeName: string): string {
  return typeName.slice(typeName.indexOf('.') + 1);
}

function impliedGoType(type: TypeExpression): string {
  if (typeof type === 'string') return type.startsWith('#') ? goTypeOfRef(type) : (GO_TYPES[type] ?? `v1.${type}`);
  return '*' in type ? `map[string]${impliedGoType(type['*'])}` : `[]${impliedGoType(type[0])}`;
}

/** Go type of the elements of a list or map type; undefined where a named type (`v1.ResourceList`) hides it. */
function elementGoType(goType: string): string | undefined {
  if (goType.startsWith('[]')) return goType.slice(2);
  return goType.startsWith('map[') ? goType.slice(goType.indexOf(']') + 1) : undefined;
}

const GO_STRUCTS: ReadonlySet<TypeExpression> = new Set([
  'Quantity',
  'Time',
  'MicroTime',
  'Duration',
  'IntOrString',
  'RawExtension',
  'FieldsV1',
  'JSON',
  'Patch',
]);

/** Go's encoder never takes a struct for empty, so `omitempty` does nothing on it. */
function isGoStruct(type: TypeExpression): boolean {
  return typeof type === 'string' && (type.startsWith('#') || GO_STRUCTS.has(type));
}

function fieldSchema(facts: FieldFacts, resolve: Resolve): Schema {
  const codec: Mutable<FieldCodec> = {
    pointer: facts.ptr === true,
    omitEmpty: facts.omitZero === true || (facts.omit === true && (facts.ptr === true || !isGoStruct(facts.type))),
    goType: facts.go ?? impliedGoType(facts.type),
  };
  if (facts.keepEmpty) codec.keepEmpty = true;
  if (facts.zero) codec.zeroDefault = true;
  if (facts.pb !== undefined) codec.protobuf = { number: facts.pb, type: facts.pbType, inside: facts.in };
  return nodeOf(facts.type, codec, facts, resolve);
}

function elementSchema(type: TypeExpression, goType: string | undefined, resolve: Resolve): Schema {
  const go = goType ?? impliedGoType(type);
  const pointer = go.startsWith('*');
  return nodeOf(type, { pointer, omitEmpty: false, goType: pointer ? go.slice(1) : go }, {}, resolve);
}

function nodeOf(
  type: TypeExpression,
  codec: Mutable<FieldCodec>,
  facts: Partial<FieldFacts>,
  resolve: Resolve,
): Schema {
  const node: Mutable<Schema> = {};
  if (facts.enum !== undefined) node.validation = { enum: facts.enum };
  if (typeof type === 'string' && type.startsWith('#')) {
    const target = resolve(type.slice(1)) as StructNode;
    if (target.codec?.special !== undefined) codec.special = target.codec.special;
    return new StructFieldNode(target, codec, facts, node.validation);
  }
  node.codec = codec;
  if (facts.default !== undefined) node.default = facts.default;
  if (facts.listType !== undefined) node.listType = facts.listType;
  if (facts.listMapKeys !== undefined) node.listMapKeys = facts.listMapKeys;
  if (facts.mapType !== undefined) node.mapType = facts.mapType;
  if (facts.patchStrategy !== undefined) node.patchStrategy = facts.patchStrategy;
  if (facts.patchMergeKey !== undefined) node.patchMergeKey = facts.patchMergeKey;
  if (typeof type === 'string') {
    const scalar = SCALARS[type];
    if (scalar === undefined) throw new RangeError(`catalogue: unknown type ${type}`);
    const special = SPECIAL_FORMS[type];
    if (special !== undefined) codec.special = special;
    return Object.assign(node, scalar);
  }
  if ('*' in type) {
    node.type = 'object';
    node.additionalProperties = elementSchema(type['*'], elementGoType(codec.goType), resolve);
  } else {
    node.type = 'array';
    node.items = elementSchema(type[0], elementGoType(codec.goType), resolve);
  }
  return node;
}
