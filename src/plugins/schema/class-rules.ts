import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { SchemaClass } from '../decorators/field.js';
import { constraintsOf, type ValidationMetadata } from './validators.js';

/** Rules of a class beyond its schema, by field. */
export interface ClassRules {
  readonly schemaClass: SchemaClass;
  readonly fields: ReadonlyMap<string, FieldRules>;
}

export interface FieldRules {
  readonly conditions: readonly ValidationMetadata[];
  readonly validators: readonly ValidationMetadata[];
  /** Rules of the object in the field, or of each object in its list or map. */
  readonly nested: ClassRules | undefined;
}

/** Faults of an object by rules that no schema can say. Validators see an instance of their class. */
export function checkRules(rules: ClassRules, value: JsonObject, at: FieldPath = FieldPath.root()): FieldError[] {
  const instance = Object.assign(Object.create(rules.schemaClass.prototype as object) as JsonObject, value);
  const errors: FieldError[] = [];
  for (const [name, field] of rules.fields) {
    const inner = value[name];
    const path = at.child(name);
    if (inner === undefined || inner === null) {
      // What must be there is the schema's to say; a condition speaks of fields that are not there too.
      if (field.conditions.length === 0) continue;
    }
    if (!field.conditions.every(({ constraints }) => Boolean((constraints[0] as Condition)(instance, inner)))) continue;
    for (const validator of field.validators) errors.push(...judge(validator, instance, name, inner, path));
    if (field.nested !== undefined) errors.push(...checkNested(field.nested, inner, path));
  }
  return errors;
}

type Condition = (object: unknown, value: unknown) => unknown;

function checkNested(rules: ClassRules, value: JsonValue | undefined, at: FieldPath): FieldError[] {
  if (Array.isArray(value))
    return value.flatMap((item, i) => (isJsonObject(item) ? checkRules(rules, item, at.index(i)) : []));
  return isJsonObject(value) ? checkRules(rules, value, at) : [];
}

function judge(
  validator: ValidationMetadata,
  object: object,
  property: string,
  value: JsonValue | undefined,
  at: FieldPath,
): FieldError[] {
  const judged: readonly (readonly [FieldPath, JsonValue | undefined])[] =
    validator.each && Array.isArray(value) ? value.map((item, i) => [at.index(i), item]) : [[at, value]];
  const { constraints = [], target } = validator;
  const targetName = typeof target === 'function' ? target.name : target;
  return constraintsOf(validator).flatMap(({ instance }) =>
    judged.flatMap(([path, each]) => {
      const args = { targetName, object, property, value: each as unknown, constraints: constraints as unknown[] };
      if (instance.validate(each, args) === true) return [];
      const said = validator.message ?? instance.defaultMessage?.(args) ?? 'is not valid';
      const text = typeof said === 'function' ? said(args) : said;
      return [fieldInvalid(path, each, withTokens(text, property, each, constraints as unknown[]))];
    }),
  );
}

/** class-validator's tokens; the field is named before the text already. */
function withTokens(
  text: string,
  property: string,
  value: JsonValue | undefined,
  constraints: readonly unknown[],
): string {
  return text
    .replaceAll(/\$constraint(\d+)/g, (_token, place: string) => String(constraints[Number(place) - 1] ?? ''))
    .replaceAll('$property', property)
    .replaceAll('$value', String(value))
    .replace(/^(?:each value in )?(\S+) /, (lead, first: string) => (first === property ? '' : lead));
}
