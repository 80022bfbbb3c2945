import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from './field-error.js';
import { byteLength } from './names.js';

/**
 * Rules that stand in the types themselves. kube-apiserver runs them after the rules of a kind's own code and tells their
 * faults last, in the order of the fields; on an update it passes over what has not changed.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5073-declarative-validation-with-validation-gen
 */

export interface DeclaredOperation {
  readonly update: boolean;
  /** A value of a built-in type as kube-apiserver writes it: fields that are always written have their zeros. */
  readonly shown: (type: string, value: JsonValue) => JsonValue;
}

/**
 * Faults of `value`, which stands at `at`. `old` is what stood there before; undefined where nothing did, and on create.
 * What is absent is undefined, however the type writes it.
 */
export type DeclaredRule = (
  value: JsonValue | undefined,
  old: JsonValue | undefined,
  at: FieldPath,
  operation: DeclaredOperation,
) => readonly FieldError[];

/** A rule that ends the judging of its field when it finds a fault; `silent` where that fault is none of the client's. */
interface Gate {
  readonly gate: DeclaredRule;
  readonly silent?: true;
}

/** The rules of one field: gates first, then the others in order. */
export type DeclaredField = readonly (Gate | DeclaredRule)[];

const isGate = (rule: Gate | DeclaredRule): rule is Gate => typeof rule !== 'function';

/** Go's nil and empty lists, maps and texts are alike for most rules. */
function isZero(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function unchanged(value: JsonValue | undefined, old: JsonValue | undefined): boolean {
  return jsonEqual(value ?? null, old ?? null) || (isZero(value) && isZero(old));
}

/** Judges one field by its gates, and by its other rules where all of them let it pass. */
function judgeField(
  rules: DeclaredField,
  value: JsonValue | undefined,
  old: JsonValue | undefined,
  at: FieldPath,
  operation: DeclaredOperation,
): FieldError[] {
  const errors: FieldError[] = [];
  let ended = false;
  for (const rule of rules) {
    if (!isGate(rule)) continue;
    const faults = rule.gate(value, old, at, operation);
    if (faults.length > 0) ended = true;
    if (!rule.silent) errors.push(...faults);
  }
  if (ended) return errors;
  for (const rule of rules) if (!isGate(rule)) errors.push(...rule(value, old, at, operation));
  return errors;
}

/** A type with fields. `whole` are rules that look at several fields; they come before those of the fields. */
export function struct(fields: Readonly<Record<string, DeclaredField>>, ...whole: DeclaredRule[]): DeclaredRule {
  const entries = Object.entries(fields);
  return (value, old, at, operation) => {
    const object = isJsonObject(value) ? value : {};
    const before = isJsonObject(old) ? old : undefined;
    const errors = whole.flatMap((rule) => rule(object, old, at, operation));
    for (const [name, rules] of entries) {
      const [now, then] = [object[name], before?.[name]];
      if (operation.update && before !== undefined && unchanged(now, then)) continue;
      errors.push(...judgeField(rules, now, then, at.child(name), operation));
    }
    return errors;
  };
}

const absent = (value: JsonValue | undefined): boolean => value === undefined || value === null;

/** A text, number, list or map that may not be empty. */
export const required: Gate = { gate: (value, _old, at) => (isZero(value) ? [fieldRequired(at)] : []) };
/** A pointer that has to be set, be it to something empty. */
export const requiredPointer: Gate = { gate: (value, _old, at) => (absent(value) ? [fieldRequired(at)] : []) };
/** Nothing more is asked of what is empty. */
export const optional: Gate = { ...required, silent: true };
export const optionalPointer: Gate = { ...requiredPointer, silent: true };
export const forbiddenPointer: Gate = {
  gate: (value, _old, at) => (absent(value) ? [] : [fieldForbidden(at, '')]),
};

/** Unchanged fields are never asked: what comes here on an update has changed. */
export const immutable: Gate = {
  gate: (_value, _old, at, { update }) => (update ? [fieldInvalid(at, null, 'field is immutable')] : []),
};

/** The same told after what else is wrong with the field, for kinds whose own code judges it too. */
export const immutableLast: DeclaredRule = immutable.gate;

/** May be set and taken away, but not become another. */
export const noModify: Gate = {
  gate: (value, old, at, { update }) =>
    update && !absent(old) && !absent(value) ? [fieldInvalid(at, null, 'field cannot be modified once set')] : [],
};

export function maxItems(max: number): Gate {
  return {
    gate: (value, _old, at) =>
      Array.isArray(value) && value.length > max ? [fieldTooMany(at, value.length, max)] : [],
  };
}

export function maxBytes(max: number): DeclaredRule {
  return (value, _old, at) => (byteLength(textOf(value)) > max ? [fieldTooLong(at, max)] : []);
}

/** Counts characters, not bytes. */
export function maxLength(max: number): DeclaredRule {
  return (value, _old, at) => ([...textOf(value)].length > max ? [fieldTooLong(at, max, 'character')] : []);
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** @param check texts of what is wrong with the value */
export function format(check: (text: string) => readonly string[]): DeclaredRule {
  return (value, _old, at) =>
    typeof value === 'string' ? check(value).map((text) => fieldInvalid(at, value, text)) : [];
}

export function oneOf(...values: string[]): DeclaredRule {
  return (value, _old, at) => (values.includes(textOf(value)) ? [] : [fieldNotSupported(at, textOf(value), values)]);
}

/** Judges every item; items with the same key as one before are compared with it, and passed over where they are the same. */
export function eachItem(rule: DeclaredRule, key?: (item: JsonValue) => string): DeclaredRule {
  return (value, old, at, operation) => {
    const before = Array.isArray(old) ? old : [];
    return (Array.isArray(value) ? value : []).flatMap((item, i) => {
      const match = key && before.find((other) => key(other) === key(item));
      if (operation.update && match !== undefined && unchanged(item, match)) return [];
      return rule(item, match, at.index(i), operation);
    });
  };
}

export function eachValue(rule: DeclaredRule): DeclaredRule {
  return (value, old, at, operation) => {
    const before: JsonObject = isJsonObject(old) ? old : {};
    return Object.entries(isJsonObject(value) ? value : {}).flatMap(([name, item]) => {
      const match = Object.hasOwn(before, name) ? before[name] : undefined;
      if (operation.update && match !== undefined && unchanged(item, match)) return [];
      return rule(item, match, at.key(name), operation);
    });
  };
}

/** Judges the keys of a map; the faults are told of the map. */
export function eachKey(rule: DeclaredRule): DeclaredRule {
  return (value, old, at, operation) => {
    const before: JsonObject = isJsonObject(old) ? old : {};
    return Object.keys(isJsonObject(value) ? value : {}).flatMap((name) =>
      operation.update && Object.hasOwn(before, name) ? [] : rule(name, undefined, at, operation),
    );
  };
}

/**
 * No two items with the same key. `type` names the type of the items, whose zeros the message shows; without it they are
 * shown as they are.
 */
export function unique(key: (item: JsonValue) => string, type?: string): DeclaredRule {
  return (value, _old, at, { shown }) => {
    const seen = new Set<string>();
    return (Array.isArray(value) ? value : []).flatMap((item, i) => {
      const name = key(item);
      if (seen.has(name)) return [fieldDuplicate(at.index(i), type === undefined ? item : shown(type, item))];
      seen.add(name);
      return [];
    });
  };
}

/** Key of an item by some of its fields; what is absent counts as empty. */
export const keyOf =
  (...fields: string[]) =>
  (item: JsonValue): string =>
    encodeJson(fields.map((name) => (isJsonObject(item) ? (item[name] ?? '') : '')));

export const ownKey = (item: JsonValue): string => encodeJson(item);

/** Exactly one of the fields is set. */
export function union(...members: string[]): DeclaredRule {
  const all = members.map((name) => `\`${name}\``).join(', ');
  return (value, old, at, { update }) => {
    const object = isJsonObject(value) ? value : {};
    const given = members.filter((name) => !absent(object[name]));
    if (update && isJsonObject(old) && members.every((name) => absent(object[name]) === absent(old[name]))) return [];
    if (given.length === 0) return [fieldInvalid(at, '', `must specify one of: ${all}`)];
    return given.length > 1 ? [fieldInvalid(at, `{${given.join(', ')}}`, `must specify exactly one of: ${all}`)] : [];
  };
}

/** A field whose rules hang on what another says: `modes` by its value; in all other modes it may not be there. */
export function byMode(
  name: string,
  discriminator: string,
  modes: Readonly<Record<string, DeclaredField>>,
): DeclaredRule {
  return (value, old, at, operation) => {
    const object = isJsonObject(value) ? value : {};
    const mode = textOf(object[discriminator]);
    if (operation.update && isJsonObject(old)) {
      if (mode === textOf(old[discriminator]) && unchanged(object[name], old[name])) return [];
    }
    const rules = Object.hasOwn(modes, mode) ? modes[mode]! : [forbiddenPointer];
    return judgeField(rules, object[name], isJsonObject(old) ? old[name] : undefined, at.child(name), operation);
  };
}
