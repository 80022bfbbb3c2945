import { isJsonObject, type JsonObject, type JsonValue, jsonEqual, sortFields } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
  fieldTypeInvalid,
} from '../validation/field-error.js';
import { Correlation } from './correlation.js';
import { formatCheck, isKnownFormat } from './formats.js';
import { compilePattern, type Pattern } from './pattern.js';
import type { Schema, ValueValidation } from './schema.js';
import { checkNumber, goTypeOfNumber, isWholeNumber } from './validate-number.js';

/** Where errors stand that upstream gives no field: those about a whole branch or a number's range. */
const NO_FIELD = '<nil>';

/**
 * Checks a value against its schema's types and value validations, as upstream's OpenAPI validator does: the texts, and which
 * of several faults are told. Fields are visited in order of their names.
 *
 * @param root path of the value in front of every error's field; where the value is a default, for instance
 */
export function validateValue(schema: Schema, value: JsonValue, root?: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  validatorOf(schema).validate(value, '', new ErrorSink(root, errors), undefined);
  return errors;
}

/** The same for an update: faults of what did not change are forgiven. */
export function validateChange(schema: Schema, value: JsonValue, old: JsonValue): FieldError[] {
  const faults = validateValue(schema, value);
  if (faults.length === 0) return faults;
  const errors: FieldError[] = [];
  validatorOf(schema).validate(value, '', new ErrorSink(undefined, errors), new Correlation(schema, value, old));
  return errors;
}

/** Where the faults of one run go. */
class ErrorSink {
  constructor(
    readonly root: FieldPath | undefined,
    readonly errors: FieldError[],
  ) {}

  /** Field of a path like `spec.a[1]`; inside the validator paths of keys below the root start with a dot. */
  at(path: string): FieldPath | string {
    const name = path.startsWith('.') ? path.slice(1) : path;
    if (this.root === undefined) return name === '' ? NO_FIELD : name;
    return name === '' ? this.root : this.root.child(name);
  }

  /** An error about the whole of a value, without a value of its own. */
  whole(text: string): void {
    this.errors.push(fieldInvalid(this.root ?? NO_FIELD, '', text));
  }

  branch(): ErrorSink {
    return new ErrorSink(this.root, []);
  }
}

const validators = new WeakMap<Schema, Validator>();

function validatorOf(schema: Schema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = new Validator(schema);
    validators.set(schema, validator);
  }
  return validator;
}

/** A schema made ready: patterns compiled, names in order, types as upstream lists them. Everything on first use. */
class Validator {
  private readonly types: readonly string[];
  private readonly rules: ValueValidation;
  private pattern: Pattern | undefined;
  /** Unknown formats mean nothing. */
  private readonly format: string | undefined;
  private readonly fitsFormat: ((text: string) => boolean) | undefined;
  private sortedNames: readonly string[] | undefined;

  constructor(private readonly schema: Schema) {
    this.types = schema.intOrString ? ['integer', 'string'] : schema.type === undefined ? [] : [schema.type];
    this.rules = schema.validation ?? NO_RULES;
    if (schema.format === undefined || !isKnownFormat(schema.format)) return;
    this.format = schema.format;
    this.fitsFormat = formatCheck(schema.format);
  }

  /**
   * Adds the faults of a value, but for those of an unchanged one.
   * @returns how many checks were made: of failed branches the one with most is told
   */
  validate(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    const { errors } = sink;
    const before = errors.length;
    const checks = this.check(value, path, sink, past);
    if (errors.length > before && past?.isUnchanged() === true) errors.length = before;
    return checks;
  }

  /** The faults of a value itself; those of its parts may still be forgiven. */
  check(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    if (value === null) {
      if (this.types.length > 0 && !this.schema.nullable) this.wrongType('null', path, sink);
      this.checkEnum(value, path, sink);
      return 0;
    }
    let checks = this.checkType(value, path, sink);
    checks += this.checkBranches(value, path, sink, past);
    switch (typeof value) {
      case 'string':
        checks += this.checkString(value, path, sink);
        break;
      case 'number':
      case 'bigint':
        checkNumber(this.rules, this.types, this.format, value, (text, bad) => {
          if (bad === undefined) sink.whole(`${text} in ${path}`);
          else sink.errors.push(fieldInvalid(sink.at(path), bad, `${path} in body ${text}`));
        });
        checks++;
        break;
      default:
        if (Array.isArray(value)) checks += this.checkItems(value, path, sink, past);
    }
    this.checkEnum(value, path, sink);
    if (isJsonObject(value)) checks += this.checkFields(value, path, sink, past);
    return checks + 1;
  }

  private checkType(value: JsonValue, path: string, sink: ErrorSink): number {
    const { format } = this;
    if (this.types.length === 0) return 0;
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    const type = isNumber ? goTypeOfNumber(value).type : typeOf(value);
    const numeric = this.types.includes('number') || this.types.includes('integer');
    const fits =
      this.types.includes(type) ||
      (type === 'number' && this.types.includes('integer') && isWholeNumber(Number(value))) ||
      (type === 'integer' && this.types.includes('number'));
    if (fits) return 1;
    // With a known format upstream names formats instead of types, and leaves texts and lists to the format's own check.
    if (format !== undefined) {
      if (typeof value !== 'string' && !Array.isArray(value)) {
        const actual = isNumber ? goTypeOfNumber(value).format : '';
        this.typeError(format, actual, path, sink);
        return 1;
      }
      if (!numeric) return 1;
    }
    this.wrongType(type, path, sink);
    return 1;
  }

  private wrongType(actual: string, path: string, sink: ErrorSink): void {
    this.typeError(this.types.join(','), actual, path, sink);
  }

  private typeError(expected: string, actual: string, path: string, sink: ErrorSink): void {
    const text = `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`;
    sink.errors.push(fieldTypeInvalid(sink.at(path), actual, text));
  }

  private checkBranches(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    const { anyOf, oneOf, allOf, not } = this.rules;
    let checks = 2;
    if (anyOf !== undefined && anyOf.length > 0) checks += checkAnyOf(anyOf, { value, path, past }, sink);
    if (oneOf !== undefined && oneOf.length > 0) checks += checkOneOf(oneOf, { value, path, past }, sink);
    if (allOf !== undefined && allOf.length > 0) checks += checkAllOf(allOf, { value, path, past }, sink);
    if (not !== undefined) {
      const inner = sink.branch();
      validatorOf(not).check(value, path, inner, past);
      if (inner.errors.length === 0) sink.whole(`${JSON.stringify(path)} must not validate the schema (not)`);
    }
    return checks;
  }

  /** The first fault only. */
  private checkString(text: string, path: string, sink: ErrorSink): number {
    const { maxLength, minLength, pattern } = this.rules;
    const at = () => sink.at(path);
    if (maxLength !== undefined && codePoints(text) > maxLength) sink.errors.push(fieldTooLong(at(), maxLength));
    else if (minLength !== undefined && codePoints(text) < minLength) {
      const detail = `${path} in body should be at least ${minLength} chars long`;
      sink.errors.push(fieldInvalid(at(), text, detail));
    } else if (pattern !== undefined) {
      this.pattern ??= compilePattern(pattern);
      if (!this.pattern.matches(text)) {
        sink.errors.push(fieldInvalid(at(), text, `${path} in body should match '${pattern}'`));
      }
    }
    if (this.fitsFormat === undefined) return 1;
    if (!this.fitsFormat(text)) {
      const detail = `${path} in body must be of type ${this.format}: ${JSON.stringify(text)}`;
      sink.errors.push(fieldTypeInvalid(at(), text, detail));
    }
    return 2;
  }

  private checkItems(list: JsonValue[], path: string, sink: ErrorSink, past: Correlation | undefined): number {
    let checks = 1;
    if (this.schema.items !== undefined) {
      const items = validatorOf(this.schema.items);
      for (let i = 0; i < list.length; i++) checks += items.validate(list[i]!, `${path}[${i}]`, sink, past?.item(i));
    }
    const { minItems, maxItems } = this.rules;
    if (minItems !== undefined && list.length < minItems) {
      const detail = `${path} in body should have at least ${minItems} items`;
      sink.errors.push(fieldInvalid(sink.at(path), list.length, detail));
    }
    if (maxItems !== undefined && list.length > maxItems) {
      sink.errors.push(fieldTooMany(sink.at(path), list.length, maxItems));
    }
    return checks;
  }

  private checkEnum(value: JsonValue, path: string, sink: ErrorSink): void {
    const { enum: allowed } = this.rules;
    if (allowed === undefined || allowed.length === 0) return;
    if (value !== null && allowed.some((one) => jsonEqual(one, value))) return;
    const texts = allowed.map((one) => (typeof one === 'string' ? one : encodeJson(one)));
    sink.errors.push(fieldNotSupportedAsListed(sink.at(path), sortFields(value), texts));
  }

  private checkFields(object: JsonObject, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    const { minProperties, maxProperties } = this.rules;
    const names = minProperties === undefined && maxProperties === undefined ? 0 : Object.keys(object).length;
    if (minProperties !== undefined && names < minProperties) {
      const detail = `${path} in body should have at least ${minProperties} properties`;
      sink.errors.push(fieldInvalid(sink.at(path), names, detail));
      return 1;
    }
    if (maxProperties !== undefined && names > maxProperties) {
      sink.errors.push(fieldTooMany(sink.at(path), names, maxProperties));
      return 1;
    }
    let checks = 1;
    const { properties, additionalProperties, required } = this.schema;
    if (typeof additionalProperties === 'object') {
      const values = validatorOf(additionalProperties);
      for (const name of Object.keys(object).sort()) {
        const inner = object[name];
        if (inner === undefined || properties?.has(name)) continue;
        checks += values.validate(inner, `${path}.${name}`, sink, past?.field(name));
      }
    }
    this.sortedNames ??= [...(properties?.keys() ?? [])].sort();
    for (const name of this.sortedNames) {
      const inner = Object.hasOwn(object, name) ? object[name] : undefined;
      if (inner === undefined) continue;
      const at = path === '' ? name : `${path}.${name}`;
      // Old and new are shown in one version: whether their type changed cannot be seen.
      const before = at === 'kind' || at === 'apiVersion' ? undefined : past?.field(name);
      checks += validatorOf(properties!.get(name)!).validate(inner, at, sink, before);
    }
    for (const name of required ?? []) {
      if (!Object.hasOwn(object, name)) sink.errors.push(fieldRequired(sink.at(`${path}.${name}`)));
    }
    return checks;
  }
}

const NO_RULES: ValueValidation = {};

/** What all branches judge. */
interface Place {
  readonly value: JsonValue;
  readonly path: string;
  readonly past: Correlation | undefined;
}

/** Faults of the branch that got furthest, after the one that says no branch fits. */
function checkAnyOf(branches: readonly Schema[], place: Place, sink: ErrorSink): number {
  let best: { errors: FieldError[]; checks: number } | undefined;
  for (const branch of branches) {
    const inner = sink.branch();
    const checks = validatorOf(branch).check(place.value, place.path, inner, place.past);
    if (inner.errors.length === 0) return 0;
    if (best === undefined || checks > best.checks) best = { errors: inner.errors, checks };
  }
  sink.whole(`${JSON.stringify(place.path)} must validate at least one schema (anyOf)`);
  sink.errors.push(...(best?.errors ?? []));
  return best?.checks ?? 0;
}

function checkOneOf(branches: readonly Schema[], place: Place, sink: ErrorSink): number {
  let best: { errors: FieldError[]; checks: number } | undefined;
  let fitting = 0;
  for (const branch of branches) {
    const inner = sink.branch();
    const checks = validatorOf(branch).check(place.value, place.path, inner, place.past);
    if (inner.errors.length === 0) {
      fitting++;
      best = undefined;
    } else if (fitting === 0 && (best === undefined || checks > best.checks)) {
      best = { errors: inner.errors, checks };
    }
  }
  if (fitting === 1) return 0;
  const found = fitting === 0 ? 'Found none valid' : `Found ${fitting} valid alternatives`;
  sink.whole(`${JSON.stringify(place.path)} must validate one and only one schema (oneOf). ${found}`);
  sink.errors.push(...(best?.errors ?? []));
  return best?.checks ?? 0;
}

function checkAllOf(branches: readonly Schema[], place: Place, sink: ErrorSink): number {
  let fitting = 0;
  let checks = 0;
  for (const branch of branches) {
    const inner = sink.branch();
    checks += validatorOf(branch).check(place.value, place.path, inner, place.past);
    if (inner.errors.length === 0) fitting++;
    sink.errors.push(...inner.errors);
  }
  if (fitting < branches.length) {
    sink.whole(
      `${JSON.stringify(place.path)} must validate all the schemas (allOf)${fitting === 0 ? '. None validated' : ''}`,
    );
  }
  return checks;
}

function typeOf(value: JsonValue): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Length in characters, as upstream counts. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < text.length) {
      count--;
      i++;
    }
  }
  return count;
}
