// Decorators of fields leave their types where this puts them.
import 'reflect-metadata';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';

/** A class whose decorated fields are part of a schema. */
export type SchemaClass = abstract new () => object;

/** What a field holds: a scalar, or a class of fields. */
export type FieldType = typeof String | typeof Number | typeof Boolean | SchemaClass;

/** What validators and TypeScript's own metadata do not say of a field. */
export interface FieldOptions {
  /** Of the field, or of a list's items: needed where TypeScript cannot know it (lists, unions, interfaces). */
  readonly type?: () => FieldType;
  /** The field is a list of `type`. */
  readonly list?: boolean;
  /** The field is a map from strings to `type`. */
  readonly map?: boolean;
  /** Any JSON is taken and kept as it is. */
  readonly any?: boolean;
  /** An integer or a text, as ports and percentages are. */
  readonly intOrString?: boolean;
  readonly optional?: boolean;
  readonly nullable?: boolean;
  readonly description?: string;
  readonly format?: string;
  /** Beside the initialiser, for what no initialiser can say. */
  readonly default?: JsonValue;
  /** Lists: which fields name an item, so that appliers share the list. */
  readonly listMapKeys?: readonly string[];
  /** Lists of scalars: every value once. */
  readonly listSet?: boolean;
  /** Rules in CEL. @see https://kubernetes.io/docs/reference/using-api/cel/ */
  readonly rules?: readonly FieldRule[];
}

export interface FieldRule {
  readonly rule: string;
  readonly message?: string;
}

/** A column that `kubectl get` shows. */
export interface ColumnOptions {
  /** Default: the field's name with a capital. */
  readonly name?: string;
  /** Default: by the field's type. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly description?: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

/** All that the decorators of this package say of one field. */
export interface FieldMetadata {
  readonly options: FieldOptions;
  readonly column?: ColumnOptions;
  readonly selectable?: boolean;
  /** What TypeScript wrote down; undefined where it was told not to, or cannot. */
  readonly designType?: unknown;
}

const FIELDS = Symbol.for('kubenest.fields');

type WithFields = { [FIELDS]?: Map<string, FieldMetadata> };

/** Says what a field holds where validators and TypeScript do not. */
export function Field(options: FieldOptions = {}): PropertyDecorator {
  return (prototype, name) => add(prototype, name, { options });
}

/** A field that `kubectl get` shows as a column. */
export function Column(column: string | ColumnOptions = {}): PropertyDecorator {
  return (prototype, name) => add(prototype, name, { column: typeof column === 'string' ? { name: column } : column });
}

/** A field that field selectors may name: `kubectl get teapots --field-selector spec.glaze=blue`. */
export function Selectable(): PropertyDecorator {
  return (prototype, name) => add(prototype, name, { selectable: true });
}

/** Fields of a class and of those it extends, by name, in the order in which they stand. */
export function fieldsOf(schemaClass: SchemaClass): ReadonlyMap<string, FieldMetadata> {
  const chain: object[] = [];
  for (
    let at: object | null = schemaClass.prototype as object;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    chain.unshift(at);
  }
  return new Map(
    chain.flatMap((prototype) => (Object.hasOwn(prototype, FIELDS) ? [...(prototype as WithFields)[FIELDS]!] : [])),
  );
}

function add(prototype: object, name: string | symbol, said: Partial<FieldMetadata>): void {
  if (typeof name === 'symbol') throw new TypeError('a field of a resource must have a name');
  if (!Object.hasOwn(prototype, FIELDS)) Object.defineProperty(prototype, FIELDS, { value: new Map() });
  const fields = (prototype as WithFields)[FIELDS]!;
  const known = fields.get(name);
  fields.set(name, {
    ...known,
    ...said,
    options: { ...known?.options, ...said.options },
    designType: known?.designType ?? designTypeOf(prototype, name),
  });
}

/** `design:type`, as `emitDecoratorMetadata` leaves it beside any decorated field. */
export function designTypeOf(prototype: object, name: string): unknown {
  const reflect = Reflect as { getMetadata?: (key: string, target: object, property: string) => unknown };
  return reflect.getMetadata?.('design:type', prototype, name);
}

/** Part of an `openAPIV3Schema`. */
export type SchemaJson = JsonObject;
