import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import type { Schema } from './schema.js';

/**
 * Where a schema has defaults: the parts without any are not walked. Compiled once a schema; types that contain themselves
 * make cyclic plans.
 */
interface DefaultingPlan {
  readonly fields: FieldDefault[];
  readonly inner: Map<string, DefaultingPlan>;
  items?: { readonly plan?: DefaultingPlan; readonly nullDefault?: JsonValue };
  values?: { readonly plan?: DefaultingPlan; readonly nullDefault?: JsonValue };
}

interface FieldDefault {
  readonly name: string;
  readonly value: JsonValue;
  readonly nullable: boolean;
}

const plans = new WeakMap<Schema, DefaultingPlan | 'none'>();

/**
 * Fills in the schema's defaults, in place: where a field is absent, or null although its schema is not nullable.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applyDefaults(schema: Schema, value: JsonValue): void {
  const plan = planOf(schema);
  if (plan !== undefined) fill(plan, value);
}

/**
 * Drops, in place, the fields and map entries whose value is null where the schema neither allows null nor has a default to
 * put there. Nulls in lists stay for validation to judge.
 */
export function dropNonNullableNulls(schema: Schema, value: JsonValue): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) dropNonNullableNulls(schema.items, item);
  } else if (isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      const inner = value[name];
      if (inner === undefined) continue;
      const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      const property = schema.properties?.get(name) ?? values;
      if (property === undefined) continue;
      if (inner !== null) dropNonNullableNulls(property, inner);
      else if (!property.nullable && property.default === undefined) delete value[name];
    }
  }
}

function fill(plan: DefaultingPlan, value: JsonValue): void {
  if (Array.isArray(value)) {
    if (plan.items !== undefined) fillItems(plan.items, value);
  } else if (isJsonObject(value)) {
    fillFields(plan, value);
  }
}

function fillItems({ plan, nullDefault }: NonNullable<DefaultingPlan['items']>, list: JsonValue[]): void {
  for (let i = 0; i < list.length; i++) {
    if (list[i] === null && nullDefault !== undefined) list[i] = jsonClone(nullDefault);
    if (plan !== undefined) fill(plan, list[i]!);
  }
}

function fillFields(plan: DefaultingPlan, object: JsonObject): void {
  for (const { name, value, nullable } of plan.fields) {
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    if (given === undefined || (given === null && !nullable)) setOwn(object, name, jsonClone(value));
  }
  for (const [name, inner] of plan.inner) {
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    if (given !== undefined) fill(inner, given);
  }
  if (plan.values === undefined) return;
  for (const name of Object.keys(object)) {
    if (object[name] === null && plan.values.nullDefault !== undefined) {
      setOwn(object, name, jsonClone(plan.values.nullDefault));
    }
    const given = object[name];
    if (given !== undefined && plan.values.plan !== undefined) fill(plan.values.plan, given);
  }
}

function planOf(schema: Schema): DefaultingPlan | undefined {
  const known = plans.get(schema);
  if (known !== undefined) return known === 'none' ? undefined : known;
  const plan: DefaultingPlan = { fields: [], inner: new Map() };
  // Remembered before it is complete: a type inside itself finds the plan that is being made.
  plans.set(schema, plan);
  for (const [name, property] of schema.properties ?? []) {
    if (property.default !== undefined) {
      plan.fields.push({ name, value: property.default, nullable: property.nullable === true });
    }
    const inner = planOf(property);
    if (inner !== undefined) plan.inner.set(name, inner);
  }
  if (schema.items !== undefined) plan.items = elementPlan(schema.items);
  if (typeof schema.additionalProperties === 'object') plan.values = elementPlan(schema.additionalProperties);
  if (plan.fields.length > 0 || plan.inner.size > 0 || plan.items !== undefined || plan.values !== undefined)
    return plan;
  plans.set(schema, 'none');
  return undefined;
}

function elementPlan(schema: Schema): DefaultingPlan['items'] {
  const plan = planOf(schema);
  const nullDefault = schema.nullable ? undefined : schema.default;
  return plan === undefined && nullDefault === undefined ? undefined : { plan, nullDefault };
}
