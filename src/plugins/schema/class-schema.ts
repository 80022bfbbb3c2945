import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import {
  type ColumnOptions,
  designTypeOf,
  type FieldMetadata,
  type FieldOptions,
  fieldsOf,
  type SchemaClass,
  type SchemaJson,
} from '../decorators/field.js';
import type { ClassRules, FieldRules } from './class-rules.js';
import { transformedTypeOf } from './transformer-types.js';
import { constraintsOf, type FieldValidators, validatorsOf } from './validators.js';

/** A column of a class, with the path of its field from the root. */
export interface ClassColumn {
  readonly path: string;
  readonly field: string;
  readonly schema: SchemaJson;
  readonly options: ColumnOptions;
}

/** What a class says of a resource. */
export interface ClassSchema {
  /** An `openAPIV3Schema`. */
  readonly schema: SchemaJson;
  /** Undefined where the schema says all. */
  readonly rules: ClassRules | undefined;
  readonly columns: readonly ClassColumn[];
  /** JSON paths of fields that selectors may name. */
  readonly selectable: readonly string[];
}

/** Fields of every object that the server itself knows. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const NO_VALIDATORS: FieldValidators = {
  keywords: {},
  itemKeywords: {},
  optional: false,
  nested: false,
  rules: [],
  conditions: [],
};

/** A field on its way to a schema. */
interface Subject {
  /** `TeapotSpec.litres`, for people. */
  readonly label: string;
  readonly options: FieldOptions;
  readonly validators: FieldValidators;
  /** Of the field, or of its items. */
  readonly type: unknown;
  readonly isArray: boolean;
  readonly fallback: JsonValue | undefined;
  /** JSON path from the root; undefined below lists and maps, where no column can point. */
  readonly path: string | undefined;
}

/** Makes schemas of classes: fields with decorators, and those with initialisers, which are defaults. */
export class ClassSchemaBuilder {
  private readonly columns: ClassColumn[] = [];
  private readonly selectable: string[] = [];
  private readonly open: SchemaClass[] = [];

  /** @param faults what cannot be understood is added here, each with how to mend it */
  private constructor(private readonly faults: string[]) {}

  static build(schemaClass: SchemaClass, faults: string[]): ClassSchema {
    const builder = new ClassSchemaBuilder(faults);
    const { schema, rules } = builder.object(schemaClass, '');
    return { schema, rules, columns: builder.columns, selectable: builder.selectable };
  }

  private object(
    schemaClass: SchemaClass,
    path: string | undefined,
  ): { schema: SchemaJson; rules: ClassRules | undefined } {
    if (this.open.includes(schemaClass)) {
      this.faults.push(
        `${schemaClass.name} contains itself, which no structural schema can say: mark the field @Field({ any: true })`,
      );
      return { schema: { type: 'object' }, rules: undefined };
    }
    this.open.push(schemaClass);
    const properties: JsonObject = {};
    const required: string[] = [];
    const ruled = new Map<string, FieldRules>();
    const initial = this.instanceOf(schemaClass);
    const validators = validatorsOf(schemaClass);
    const fields = fieldsOf(schemaClass);
    const isRoot = path === '';
    for (const name of namesOf(initial, [...fields.keys(), ...validators.keys()])) {
      if (isRoot && OWN_FIELDS.has(name)) continue;
      const subject = this.subject(schemaClass, name, fields.get(name), validators.get(name), initial, path);
      const { schema, rules } = this.field(subject);
      this.note(subject, fields.get(name), schema, name);
      properties[name] = schema;
      const optional =
        subject.validators.optional || subject.options.optional === true || (isRoot && name === 'status');
      if (!optional && schema['default'] === undefined) required.push(name);
      const own = subject.validators.rules;
      if (own.length > 0 || rules !== undefined) {
        ruled.set(name, { conditions: subject.validators.conditions, validators: own, nested: rules });
      }
    }
    this.open.pop();
    return {
      schema: { type: 'object', ...(required.length > 0 && { required }), properties },
      rules: ruled.size === 0 ? undefined : { schemaClass, fields: ruled },
    };
  }

  private subject(
    schemaClass: SchemaClass,
    name: string,
    metadata: FieldMetadata | undefined,
    validators: FieldValidators = NO_VALIDATORS,
    initial: Readonly<Record<string, unknown>>,
    path: string | undefined,
  ): Subject {
    const options = metadata?.options ?? {};
    const label = `${schemaClass.name}.${name}`;
    const design = metadata?.designType ?? designTypeOf(schemaClass.prototype as object, name);
    const declared = options.type?.() ?? transformedTypeOf(schemaClass, name);
    for (const rule of validators.rules) {
      if (constraintsOf(rule).some(({ async }) => async)) {
        this.faults.push(
          `${label}: ${rule.name ?? 'its validator'} is asynchronous; check it in an admission plugin (@ValidatingAdmission)`,
        );
      }
    }
    return {
      label,
      options,
      validators,
      type: declared ?? design,
      isArray: design === Array,
      fallback: options.default ?? this.jsonOf(label, initial[name]),
      path: path === undefined ? undefined : `${path}.${name}`,
    };
  }

  private field(subject: Subject): { schema: SchemaJson; rules: ClassRules | undefined } {
    const { options, validators, fallback, type } = subject;
    const extra: SchemaJson = {
      ...(options.description !== undefined && { description: options.description }),
      ...(options.format !== undefined && { format: options.format }),
      ...(options.nullable === true && { nullable: true }),
      ...(options.rules !== undefined && { 'x-kubernetes-validations': options.rules.map((rule) => ({ ...rule })) }),
      ...(fallback !== undefined && { default: fallback }),
    };
    if (options.any === true)
      return { schema: { 'x-kubernetes-preserve-unknown-fields': true, ...extra }, rules: undefined };
    if (options.intOrString === true)
      return { schema: { 'x-kubernetes-int-or-string': true, ...extra }, rules: undefined };
    if (this.isList(subject)) {
      const item = this.value(
        subject,
        type === Array ? undefined : type,
        validators.itemKeywords,
        firstOf(fallback),
        undefined,
      );
      // What says of a text that it is not empty says nothing of a list.
      const { minLength: _minLength, ...limits } = validators.keywords;
      const keywords = { ...limits, type: 'array', items: item.schema, ...listTypeOf(options) };
      return { schema: { ...keywords, ...extra }, rules: item.rules };
    }
    if (options.map === true) {
      const value = this.value(subject, type, validators.itemKeywords, undefined, undefined);
      return { schema: { type: 'object', additionalProperties: value.schema, ...extra }, rules: value.rules };
    }
    const value = this.value(subject, type, validators.keywords, fallback, subject.path);
    return { schema: { ...value.schema, ...extra }, rules: value.rules };
  }

  private isList({ options, validators, isArray, fallback }: Subject): boolean {
    if (options.map === true) return false;
    return (
      options.list === true ||
      isArray ||
      validators.keywords['type'] === 'array' ||
      Object.keys(validators.itemKeywords).length > 0 ||
      Array.isArray(fallback)
    );
  }

  /** One value: of a class, of a scalar type, or of what its default is. */
  private value(
    { label }: Subject,
    type: unknown,
    given: SchemaJson,
    fallback: JsonValue | undefined,
    path: string | undefined,
  ): { schema: SchemaJson; rules: ClassRules | undefined } {
    if (isSchemaClass(type)) {
      const { schema, rules } = this.object(type, path);
      return { schema: { ...schema, ...given, type: 'object' }, rules };
    }
    const scalar =
      given['type'] ??
      scalarOf(type) ??
      typeOfValues(given['enum']) ??
      typeOfValues(fallback === undefined ? undefined : [fallback]);
    if (scalar === undefined) {
      this.faults.push(
        `${label} has no type that can be told: add a validator such as @IsString(), or @Field({ type: () => ... })`,
      );
      return { schema: {}, rules: undefined };
    }
    const schema: SchemaJson = { ...given, type: scalar };
    if (type === Date) schema['format'] = 'date-time';
    if (scalar !== 'string') delete schema['minLength'];
    return { schema, rules: undefined };
  }

  private note(subject: Subject, metadata: FieldMetadata | undefined, schema: SchemaJson, field: string): void {
    const { label, path } = subject;
    if (metadata?.column === undefined && metadata?.selectable !== true) return;
    if (path === undefined) {
      this.faults.push(
        `${label} is below a list or a map, where a column or a selector finds no one value: take @Column or @Selectable away`,
      );
      return;
    }
    if (metadata.column !== undefined) this.columns.push({ path, field, schema, options: metadata.column });
    if (metadata.selectable === true) this.selectable.push(path);
  }

  private instanceOf(schemaClass: SchemaClass): Readonly<Record<string, unknown>> {
    try {
      return new (schemaClass as new () => Record<string, unknown>)();
    } catch (error) {
      this.faults.push(
        `${schemaClass.name} cannot be made without arguments (${textOf(error)}): its initialisers are the defaults`,
      );
      return {};
    }
  }

  private jsonOf(label: string, value: unknown): JsonValue | undefined {
    if (value === undefined || value === null) return undefined;
    try {
      return JSON.parse(JSON.stringify(value)) as JsonValue;
    } catch {
      this.faults.push(
        `${label} has an initialiser that is no JSON: take it away, or give a default by @Field({ default: ... })`,
      );
      return undefined;
    }
  }
}

/** Decorated fields and those with initialisers, as they stand in the source where the compiler keeps that: base classes first. */
function namesOf(instance: Readonly<Record<string, unknown>>, decorated: readonly string[]): Set<string> {
  const known = new Set(decorated);
  const held = Object.keys(instance).filter((name) => {
    const value = instance[name];
    return known.has(name) || (value !== undefined && typeof value !== 'function');
  });
  return new Set([...held, ...decorated]);
}

function isSchemaClass(type: unknown): type is SchemaClass {
  if (typeof type !== 'function' || SCALARS.has(type) || type === Object || type === Array) return false;
  const schemaClass = type as SchemaClass;
  return fieldsOf(schemaClass).size > 0 || validatorsOf(schemaClass).size > 0;
}

const SCALARS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Date, 'string'],
]);

function scalarOf(type: unknown): string | undefined {
  return SCALARS.get(type);
}

function typeOfValues(values: JsonValue | undefined): string | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  if (values.every((value) => typeof value === 'number')) return values.every(Number.isInteger) ? 'integer' : 'number';
  const type = typeof values[0];
  return type === 'string' || type === 'boolean' ? type : undefined;
}

function firstOf(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) && !isJsonObject(value[0]) ? value[0] : undefined;
}

function listTypeOf({ listMapKeys, listSet }: FieldOptions): SchemaJson {
  if (listMapKeys !== undefined)
    return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...listMapKeys] };
  return { 'x-kubernetes-list-type': listSet === true ? 'set' : 'atomic' };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
