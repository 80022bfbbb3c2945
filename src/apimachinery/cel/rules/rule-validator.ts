import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../meta/json.js';
import type { Schema, ValidationRule } from '../../schema/schema.js';
import {
  FIELD_ERROR_LEADS,
  type FieldError,
  type FieldErrorReason,
  type FieldPath,
  formatBadValue,
} from '../../validation/field-error.js';
import type { Outcome, Program } from '../evaluate.js';
import { Failure, Optional, type Value } from '../value.js';
import { type CompiledRule, compileRules } from './compile-rule.js';
import { declareSchema } from './declared-type.js';
import { CALL_COST_MAX, MESSAGE_BYTES_MAX, OBJECT_COST_MAX } from './limits.js';
import { resolveRulePath } from './rule-path.js';
import { schemaValue } from './schema-value.js';

/** Where errors of the whole object stand. */
const NO_FIELD = '<nil>';
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

/**
 * Evaluates all rules of a schema against a resource that fits the schema otherwise. On updates, rules that compare with the value
 * before run where there is one, and others forgive what did not change.
 *
 * @param old the resource before; undefined on creation
 * @param warn told of what is forgiven, as `spec.a: Invalid value: ...`
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function validateRules(
  schema: Schema,
  object: JsonObject,
  old: JsonObject | undefined,
  warn: (text: string) => void = () => {},
): FieldError[] {
  const node = nodeOf(schema, true);
  if (node === undefined) return [];
  const run = new Run(warn);
  const before = old === undefined ? undefined : { value: old };
  node.validate(run, '', object, old, { own: before, nearest: undefined });
  return run.errors;
}

/** The same for the default of a schema, which stands as what it would replace. @param at path of the default */
export function validateDefaultRules(schema: Schema, value: JsonValue, at: FieldPath): FieldError[] {
  const run = new Run(() => {});
  const node = nodeOf(schema, schema.embeddedResource === true);
  node?.validate(run, at.toString(), value, value, { own: undefined, nearest: undefined });
  return run.errors;
}

/** One validation: its errors, and what it may still cost. */
class Run {
  readonly errors: FieldError[] = [];
  /** Faults of what did not change go here instead. */
  private forgiving = false;
  budget = OBJECT_COST_MAX;

  constructor(private readonly warn: (text: string) => void) {}

  get isOver(): boolean {
    return this.budget < 0;
  }

  end(): void {
    this.budget = -1;
  }

  add(reason: FieldErrorReason, path: string, detail: string, value?: string): void {
    const lead = FIELD_ERROR_LEADS[reason];
    const message = [lead, ...(value === undefined ? [] : [value]), ...(detail === '' ? [] : [detail])].join(': ');
    const field = path === '' ? NO_FIELD : path;
    if (this.forgiving) this.warn(`${field}: ${message}`);
    else this.errors.push({ reason, field, message });
  }

  /** Runs what may add faults; forgiven ones become warnings. */
  judge(forgiven: boolean, tell: () => void): void {
    this.forgiving = forgiven;
    tell();
    this.forgiving = false;
  }
}

interface Before {
  readonly value: JsonValue;
}

/** The values before, of a value and of the nearest one around it that has one: what equals them is forgiven. */
interface Ratchet {
  readonly own: (Before & { equal?: boolean }) | undefined;
  readonly nearest: { readonly before: Before; readonly now: JsonValue } | undefined;
}

const nodes: Record<'whole' | 'part', WeakMap<Schema, { readonly node: RuleNode | undefined }>> = {
  whole: new WeakMap(),
  part: new WeakMap(),
};

/** The rules at and below a schema, compiled when first needed; undefined where there are none. */
function nodeOf(schema: Schema, isResource: boolean): RuleNode | undefined {
  const cache = nodes[isResource ? 'whole' : 'part'];
  let found = cache.get(schema);
  if (found === undefined) {
    found = { node: makeNode(schema, isResource) };
    cache.set(schema, found);
  }
  return found.node;
}

function makeNode(schema: Schema, isResource: boolean): RuleNode | undefined {
  const part = (inner: Schema) => nodeOf(inner, inner.embeddedResource === true);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of schema.properties ?? []) {
    const node = part(property);
    if (node !== undefined) properties.set(name, node);
  }
  const items = schema.items === undefined ? undefined : part(schema.items);
  const values = typeof schema.additionalProperties === 'object' ? part(schema.additionalProperties) : undefined;
  const rules = schema.rules ?? [];
  if (rules.length === 0 && items === undefined && values === undefined && properties.size === 0) return undefined;
  return new RuleNode(schema, isResource, properties, items, values);
}

class RuleNode {
  private compiled: readonly CompiledRule[] | undefined;

  constructor(
    private readonly schema: Schema,
    private readonly isResource: boolean,
    private readonly properties: ReadonlyMap<string, RuleNode>,
    private readonly items: RuleNode | undefined,
    private readonly values: RuleNode | undefined,
  ) {}

  validate(run: Run, path: string, value: JsonValue, old: JsonValue | undefined, ratchet: Ratchet): void {
    if (value === null) return;
    this.evaluate(run, path, value, old ?? undefined, ratchet);
    if (run.isOver) return;
    if (Array.isArray(value)) this.validateItems(run, path, value, old, ratchet);
    else if (isJsonObject(value)) this.validateFields(run, path, value, old, ratchet);
  }

  private validateItems(run: Run, path: string, list: JsonValue[], old: JsonValue | undefined, ratchet: Ratchet): void {
    if (this.items === undefined) return;
    const keys = this.schema.listType === 'map' ? (this.schema.listMapKeys ?? []) : undefined;
    const before = keys === undefined || !Array.isArray(old) ? undefined : old;
    for (let i = 0; i < list.length && !run.isOver; i++) {
      const item = list[i]!;
      const predecessor = before?.find((other) =>
        keys!.every((key) => jsonEqual(fieldOf(other, key), fieldOf(item, key))),
      );
      this.items.validate(run, `${path}[${i}]`, item, predecessor, inside(ratchet, list, predecessor));
    }
  }

  private validateFields(
    run: Run,
    path: string,
    object: JsonObject,
    old: JsonValue | undefined,
    ratchet: Ratchet,
  ): void {
    const before = this.schema.mapType !== 'atomic' && isJsonObject(old) ? old : undefined;
    for (const name of Object.keys(object)) {
      if (run.isOver) return;
      const value = object[name];
      const node = this.properties.get(name) ?? this.values;
      if (value === undefined || node === undefined) continue;
      const predecessor = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
      const isField = this.properties.has(name);
      const inner = isField ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`;
      node.validate(run, inner, value, predecessor, inside(ratchet, object, predecessor));
    }
  }

  private rules(): readonly CompiledRule[] {
    if (this.compiled === undefined) {
      const declared = declareSchema(this.schema, this.isResource);
      this.compiled = declared === undefined ? [] : compileRules(this.schema, declared);
    }
    return this.compiled;
  }

  private evaluate(run: Run, path: string, value: JsonValue, old: JsonValue | undefined, ratchet: Ratchet): void {
    const rules = this.rules();
    if (rules.length === 0) return;
    const shownType = formatBadValue(this.schema.type ?? '');
    if (run.budget <= 0) {
      run.add('FieldValueInvalid', path, OUT_OF_BUDGET, shownType);
      run.end();
      return;
    }
    const variables = this.variables(value, old);
    for (const compiled of rules) {
      if (compiled.usesOldSelf && old === undefined && compiled.source.optionalOldSelf !== true) continue;
      this.evaluateRule(run, path, value, compiled, variables, ratchet, shownType);
      if (run.isOver) return;
    }
  }

  private variables(value: JsonValue, old: JsonValue | undefined): Activation {
    return {
      self: lazily(() => schemaValue(this.schema, value, this.isResource)),
      oldSelf: old === undefined ? undefined : lazily(() => schemaValue(this.schema, old, this.isResource)),
    };
  }

  private evaluateRule(
    run: Run,
    path: string,
    value: JsonValue,
    compiled: CompiledRule,
    activation: Activation,
    ratchet: Ratchet,
    shownType: string,
  ): void {
    const { source, rule } = compiled;
    if ('fault' in rule) {
      run.add('FieldValueInvalid', path, `rule compile error: ${rule.fault}`, shownType);
      return;
    }
    const outcome = execute(rule.program, activation, source.optionalOldSelf === true);
    if (outcome.cost > run.budget) {
      run.add('FieldValueInvalid', path, OUT_OF_BUDGET, shownType);
      run.end();
      return;
    }
    run.budget -= outcome.cost;
    if ('failure' in outcome) {
      run.add('FieldValueInvalid', path, failureText(outcome.failure, outcome.limited, source), shownType);
      if (outcome.limited) run.end();
      return;
    }
    if (outcome.value === true) return;
    const forgiven = !compiled.usesOldSelf && isUnchanged(ratchet, value);
    this.reject(run, path, value, compiled, activation, forgiven);
  }

  /** Tells that a rule does not hold. */
  private reject(
    run: Run,
    path: string,
    value: JsonValue,
    { source, messageExpression }: CompiledRule,
    activation: Activation,
    forgiven: boolean,
  ): void {
    let detail = source.message ? source.message.trim() : `failed rule: ${source.rule.trim()}`;
    const field = source.fieldPath ? resolveRulePath(source.fieldPath, this.schema) : undefined;
    const at = field === undefined ? path : path === '' ? field : `${path}.${field}`;
    if (messageExpression !== undefined && 'program' in messageExpression) {
      const outcome = execute(messageExpression.program, activation, false);
      const fault = messageFault(outcome, run.budget, source);
      if (fault !== undefined) {
        if (!forgiven) run.add('FieldValueInvalid', at, fault, formatBadValue(this.schema.type ?? ''));
        run.end();
        return;
      }
      run.budget -= outcome.cost;
      detail = messageOf(outcome) ?? detail;
    }
    run.judge(forgiven, () => this.tell(run, at, value, source, detail));
  }

  private tell(run: Run, at: string, value: JsonValue, source: ValidationRule, detail: string): void {
    // Objects and lists would be long: only plain values are shown.
    const shown = typeof value === 'object' ? undefined : formatBadValue(value);
    switch (source.reason) {
      case 'FieldValueForbidden':
      case 'FieldValueRequired':
        run.add(source.reason, at, detail);
        return;
      case 'FieldValueDuplicate':
        run.add(source.reason, at, '', shown);
        return;
      default:
        run.add('FieldValueInvalid', at, detail, shown);
    }
  }
}

interface Activation {
  readonly self: () => Value;
  readonly oldSelf: (() => Value) | undefined;
}

function lazily(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function execute(program: Program, { self, oldSelf }: Activation, optional: boolean): Outcome {
  try {
    const before = oldSelf?.();
    const variables = {
      self: self(),
      oldSelf: optional ? (before === undefined ? Optional.none : new Optional(before)) : before,
    };
    return program.evaluate(variables, CALL_COST_MAX);
  } catch (error) {
    if (error instanceof Failure) return { failure: error.message, limited: false, cost: 0 };
    throw error;
  }
}

function nameOf(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : rule.rule.trim();
}

function failureText(failure: string, limited: boolean, rule: ValidationRule): string {
  if (limited) {
    return `'${failure}': no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`;
  }
  if (failure.startsWith('no such overload')) {
    const why = 'call arguments did not match a supported operator, function or macro signature';
    return `'${failure}': ${why} for rule: ${nameOf(rule)}`;
  }
  return `${failure} evaluating rule: ${nameOf(rule)}`;
}

/** Why a message that costs too much ends the validation. */
function messageFault(outcome: Outcome, budget: number, rule: ValidationRule): string | undefined {
  if (outcome.cost > budget) {
    return 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
  }
  if ('failure' in outcome && outcome.limited) {
    const name = JSON.stringify(rule.messageExpression);
    return `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${name}`;
  }
  return undefined;
}

/** A computed message; undefined where it cannot serve as one. */
function messageOf(outcome: Outcome): string | undefined {
  if ('failure' in outcome || typeof outcome.value !== 'string') return undefined;
  const text = outcome.value.trim();
  return text === '' || text.includes('\n') || Buffer.byteLength(text) > MESSAGE_BYTES_MAX ? undefined : text;
}

function fieldOf(value: JsonValue, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** @param around the list or object that holds the value */
function inside(ratchet: Ratchet, around: JsonValue, predecessor: JsonValue | undefined): Ratchet {
  if (ratchet.own === undefined) return ratchet;
  const nearest = { before: ratchet.own, now: around };
  return { own: predecessor === undefined ? undefined : { value: predecessor }, nearest };
}

function isUnchanged({ own, nearest }: Ratchet, value: JsonValue): boolean {
  if (own !== undefined) {
    own.equal ??= jsonEqual(own.value, value);
    return own.equal;
  }
  return nearest !== undefined && jsonEqual(nearest.before.value, nearest.now);
}
