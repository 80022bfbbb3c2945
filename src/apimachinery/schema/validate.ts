import { isJsonObject, type JsonObject, type JsonValue, jsonEqual, sortFields } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import { type WholeFloats, wholeFloatsOf } from '../runtime/whole-floats.js';
import {
  type FieldError,
  FieldPath,
  Float64,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
  fieldTypeInvalid,
  goQuote,
} from '../validation/field-error.js';
import { Correlation } from './correlation.js';
import { formatCheck, isKnownFormat } from './formats.js';
import { compilePattern, type Pattern } from './pattern.js';
import type { Schema, ValueValidation } from './schema.js';
import { checkNumber, type GoNumber, goNumber, isWholeNumber, type NumberType } from './validate-number.js';

/** Where errors stand that upstream gives no field: those about a whole branch or a number's range. */
const NO_FIELD = '<nil>';

/**
 * Checks a value against its schema's types and value validations, as upstream's OpenAPI validator does: the texts, and which
 * of several faults are told. Fields are visited in order of their names.
 *
 * @param root path of the value in front of every error's field; where the value is a default, for instance
 */
export function validateValue(schema: Schema, value: JsonValue, root?: FieldPath): FieldError[] {
  const sink = new ErrorSink(root, wholeFloatsOf(value));
  validatorOf(schema).validate(value, '', sink, undefined);
  return sink.errors;
}

/** The same for an update: faults of what did not change are forgiven. */
export function validateChange(schema: Schema, value: JsonValue, old: JsonValue): FieldError[] {
  const faults = validateValue(schema, value);
  if (faults.length === 0) return faults;
  const sink = new ErrorSink(undefined, wholeFloatsOf(value));
  validatorOf(schema).validate(value, '', sink, new Correlation(schema, value, old));
  return sink.errors;
}

/** Where the faults of one run go. Each is told once, whatever the number of branches that find it. */
class ErrorSink {
  readonly errors: FieldError[] = [];
  private told: Set<string> | undefined;

  constructor(
    readonly root: FieldPath | undefined,
    readonly wholeFloats: WholeFloats | undefined,
  ) {}

  /** Field of a path like `spec.a[1]`; inside the validator paths of keys below the root start with a dot. */
  at(path: string): FieldPath | string {
    const name = nameOf(path);
    if (this.root === undefined) return name === '' ? NO_FIELD : name;
    return name === '' ? this.root : this.root.child(name);
  }

  push(...errors: readonly FieldError[]): void {
    this.told ??= new Set();
    for (const error of errors) {
      const text = `${error.field}: ${error.message}`;
      if (this.told.has(text)) continue;
      this.told.add(text);
      this.errors.push(error);
    }
  }

  /** An error about the whole of a value, without a value of its own. */
  whole(text: string): void {
    this.push(fieldInvalid(this.root ?? NO_FIELD, '', text));
  }

  branch(): ErrorSink {
    return new ErrorSink(this.root, this.wholeFloats);
  }

  number(value: number | bigint, path: string): GoNumber {
    return goNumber(value, this.wholeFloats?.has(nameOf(path)) === true);
  }
}

function nameOf(path: string): string {
  return path.startsWith('.') ? path.slice(1) : path;
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
  private readonly numberType: NumberType;
  private readonly fitsFormat: ((text: string) => boolean) | undefined;
  private sortedNames: readonly string[] | undefined;

  constructor(private readonly schema: Schema) {
    this.types = schema.intOrString ? ['integer', 'string'] : schema.type === undefined ? [] : [schema.type];
    this.rules = schema.validation ?? NO_RULES;
    const type = schema.intOrString ? undefined : schema.type;
    if (schema.format !== undefined && isKnownFormat(schema.format, type)) {
      this.format = schema.format;
      this.fitsFormat = formatCheck(schema.format);
    }
    this.numberType = {
      type: type === 'integer' || type === 'number' ? type : undefined,
      format: type === 'integer' || type === 'number' ? this.format : undefined,
    };
  }

  /**
   * Adds the faults of a value, but for those of an unchanged one.
   * @returns how many checks were made: of failed branches the one with most is told
   */
  validate(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    if (past === undefined) return this.check(value, path, sink, past);
    const inner = sink.branch();
    const checks = this.check(value, path, inner, past);
    if (inner.errors.length > 0 && !past.isUnchanged()) sink.push(...inner.errors);
    return checks;
  }

  /** The faults of a value itself; those of its parts may still be forgiven. Each kind of check counts when made, and when it passes. */
  check(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    if (value === null) {
      const fits = this.types.length === 0 || this.schema.nullable === true;
      if (!fits) this.wrongType('null', path, sink);
      this.checkEnum(value, path, sink);
      return fits ? 1 : 0;
    }
    let checks = this.checkType(value, path, sink);
    checks += this.checkBranches(value, path, sink, past) + 1;
    switch (typeof value) {
      case 'string':
        checks += this.checkString(value, path, sink);
        break;
      case 'number':
      case 'bigint':
        this.checkNumber(value, path, sink);
        checks += 2;
        break;
      default:
        if (Array.isArray(value)) checks += this.checkItems(value, path, sink, past) + 1;
    }
    this.checkEnum(value, path, sink);
    checks++;
    if (isJsonObject(value)) checks += this.checkFields(value, path, sink, past) + 1;
    return checks + 1;
  }

  private checkNumber(value: number | bigint, path: string, sink: ErrorSink): void {
    checkNumber(this.rules, path, this.numberType, sink.number(value, path), (text, bad) => {
      if (bad === undefined) sink.whole(text);
      else sink.push(fieldInvalid(sink.at(path), bad, text));
    });
  }

  private checkType(value: JsonValue, path: string, sink: ErrorSink): number {
    const { format, types } = this;
    if (types.length === 0 && format === undefined) return 0;
    const number = typeof value === 'number' || typeof value === 'bigint' ? sink.number(value, path) : undefined;
    const type = number === undefined ? typeOf(value) : number.isFloat ? 'number' : 'integer';
    const fits =
      types.includes(type) ||
      (type === 'number' && types.includes('integer') && isWholeNumber(Number(value))) ||
      (type === 'integer' && types.includes('number'));
    if (fits) return 2;
    // With a known format upstream names formats instead of types, and leaves texts and lists to the format's own check.
    if (format !== undefined) {
      if (typeof value !== 'string' && !Array.isArray(value)) {
        const actual = number === undefined ? '' : number.isFloat ? 'float64' : 'int64';
        this.typeError(format, actual, path, sink);
        return 1;
      }
      if (!types.includes('number') && !types.includes('integer')) return 2;
    }
    this.wrongType(type, path, sink);
    return 1;
  }

  private wrongType(actual: string, path: string, sink: ErrorSink): void {
    this.typeError(this.types.join(','), actual, path, sink);
  }

  private typeError(expected: string, actual: string, path: string, sink: ErrorSink): void {
    const text = `${path} in body must be of type ${expected}: ${goQuote(actual)}`;
    sink.push(fieldTypeInvalid(sink.at(path), actual, text));
  }

  private checkBranches(value: JsonValue, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    const { anyOf, oneOf, allOf, not } = this.rules;
    let checks = 1;
    if (anyOf !== undefined && anyOf.length > 0) checks += checkAnyOf(anyOf, { value, path, past }, sink);
    if (oneOf !== undefined && oneOf.length > 0) checks += checkOneOf(oneOf, { value, path, past }, sink);
    if (allOf !== undefined && allOf.length > 0) checks += checkAllOf(allOf, { value, path, past }, sink);
    if (not !== undefined) {
      const inner = sink.branch();
      validatorOf(not).check(value, path, inner, past);
      if (inner.errors.length === 0) sink.whole(`${goQuote(path)} must not validate the schema (not)`);
    }
    return checks;
  }

  /** The first fault only. */
  private checkString(text: string, path: string, sink: ErrorSink): number {
    const { maxLength, minLength, pattern } = this.rules;
    const at = () => sink.at(path);
    if (maxLength !== undefined && codePoints(text) > maxLength) sink.push(fieldTooLong(at(), maxLength));
    else if (minLength !== undefined && codePoints(text) < minLength) {
      const detail = `${path} in body should be at least ${minLength} chars long`;
      sink.push(fieldInvalid(at(), text, detail));
    } else if (pattern !== undefined) {
      this.pattern ??= compilePattern(pattern);
      if (!this.pattern.matches(text)) {
        sink.push(fieldInvalid(at(), text, `${path} in body should match '${pattern}'`));
      }
    }
    if (this.fitsFormat === undefined) return 1;
    if (!this.fitsFormat(text)) {
      const detail = `${path} in body must be of type ${this.format}: ${goQuote(text)}`;
      sink.push(fieldTypeInvalid(at(), text, detail));
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
      sink.push(fieldInvalid(sink.at(path), list.length, detail));
    }
    if (maxItems !== undefined && list.length > maxItems) {
      sink.push(fieldTooMany(sink.at(path), list.length, maxItems));
    }
    return checks;
  }

  private checkEnum(value: JsonValue, path: string, sink: ErrorSink): void {
    const { enum: allowed } = this.rules;
    if (allowed === undefined || allowed.length === 0) return;
    if (allowed.some((one) => equalsConverted(value, one))) return;
    const texts = allowed.map((one) => (typeof one === 'string' ? one : encodeJson(one)));
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    const bad = isNumber && sink.number(value, path).isFloat ? new Float64(Number(value)) : sortFields(value);
    sink.push(fieldNotSupportedAsListed(sink.at(path), bad, texts));
  }

  private checkFields(object: JsonObject, path: string, sink: ErrorSink, past: Correlation | undefined): number {
    const { minProperties, maxProperties } = this.rules;
    const names = minProperties === undefined && maxProperties === undefined ? 0 : Object.keys(object).length;
    if (minProperties !== undefined && names < minProperties) {
      const detail = `${path} in body should have at least ${minProperties} properties`;
      sink.push(fieldInvalid(sink.at(path), names, detail));
    }
    if (maxProperties !== undefined && names > maxProperties) {
      sink.push(fieldTooMany(sink.at(path), names, maxProperties));
    }
    let checks = 0;
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
      if (!Object.hasOwn(object, name)) sink.push(fieldRequired(sink.at(`${path}.${name}`)));
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
  let best: BranchResult | undefined;
  for (const branch of branches) {
    const result = checkBranch(branch, place, sink);
    if (result.errors.length === 0) return result.checks;
    if (best === undefined || result.checks > best.checks) best = result;
  }
  sink.whole(`${goQuote(place.path)} must validate at least one schema (anyOf)`);
  sink.push(...(best?.errors ?? []));
  return best?.checks ?? 0;
}

function checkOneOf(branches: readonly Schema[], place: Place, sink: ErrorSink): number {
  let best: BranchResult | undefined;
  let first: BranchResult | undefined;
  let fitting = 0;
  for (const branch of branches) {
    const result = checkBranch(branch, place, sink);
    if (result.errors.length === 0) {
      fitting++;
      best = undefined;
      first ??= result;
    } else if (fitting === 0 && (best === undefined || result.checks > best.checks)) {
      best = result;
    }
  }
  if (fitting === 1) return first!.checks;
  const found = fitting === 0 ? 'Found none valid' : `Found ${fitting} valid alternatives`;
  sink.whole(`${goQuote(place.path)} must validate one and only one schema (oneOf). ${found}`);
  sink.push(...(best?.errors ?? []));
  return best?.checks ?? 0;
}

function checkAllOf(branches: readonly Schema[], place: Place, sink: ErrorSink): number {
  let fitting = 0;
  let checks = 0;
  for (const branch of branches) {
    const result = checkBranch(branch, place, sink);
    checks += result.checks;
    if (result.errors.length === 0) fitting++;
    sink.push(...result.errors);
  }
  if (fitting < branches.length) {
    const none = fitting === 0 ? '. None validated' : '';
    sink.whole(`${goQuote(place.path)} must validate all the schemas (allOf)${none}`);
  }
  return checks;
}

interface BranchResult {
  readonly errors: readonly FieldError[];
  readonly checks: number;
}

function checkBranch(branch: Schema, { value, path, past }: Place, sink: ErrorSink): BranchResult {
  const inner = sink.branch();
  const checks = validatorOf(branch).check(value, path, inner, past);
  return { errors: inner.errors, checks };
}

/**
 * Whether a value is one that an enum names, also after Go's conversion to its type: 1.5 becomes 1 as an integer, 97 becomes "a" as a
 * string. Null never is.
 * @see https://pkg.go.dev/reflect#Type ConvertibleTo
 */
function equalsConverted(value: JsonValue, allowed: JsonValue): boolean {
  if (value === null || allowed === null) return false;
  if (jsonEqual(value, allowed)) return true;
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  if (typeof allowed === 'number' || typeof allowed === 'bigint') {
    if (typeof allowed === 'number' && !Number.isSafeInteger(allowed)) return Number(value) === allowed;
    const whole = typeof value === 'number' ? Math.trunc(value) : value;
    return Number.isFinite(Number(whole)) && BigInt(whole) === BigInt(allowed);
  }
  return typeof allowed === 'string' && Number.isInteger(Number(value)) && characterOf(value) === allowed;
}

function characterOf(code: number | bigint): string {
  const isCharacter = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
  return isCharacter ? String.fromCodePoint(Number(code)) : '\ufffd';
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
