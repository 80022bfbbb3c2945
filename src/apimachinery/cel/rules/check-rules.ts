import { isJsonObject, type JsonObject, type JsonValue } from '../../meta/json.js';
import { compileCrdSchema } from '../../schema/compile-crd.js';
import { printGoRule } from '../../schema/print-go-schema.js';
import type { Schema, ValidationRule } from '../../schema/schema.js';
import { findUnsupported } from '../../schema/unsupported-keywords.js';
import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldInternal,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../validation/field-error.js';
import { type CompiledRule, compileRules, occurrencesMax } from './compile-rule.js';
import { declareSchema } from './declared-type.js';
import { ESTIMATE_MAX, SCHEMA_ESTIMATE_MAX } from './limits.js';
import { resolveRulePath } from './rule-path.js';

const REASONS = ['FieldValueRequired', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueDuplicate'];
const LINE_BREAK = /[\n\r]/;
/** How many rules are named that make a schema too expensive. */
const EXPENSIVE_SHOWN = 4;

/** What of rules can be told without compiling them: faults of their texts, schema by schema. */
export function checkRuleTexts(schema: JsonObject, at: FieldPath): FieldError[] {
  const rules = schema['x-kubernetes-validations'];
  if (!Array.isArray(rules)) return [];
  // Without a structural schema paths lead anywhere.
  const compiled = findUnsupported(schema) === undefined ? compileCrdSchema(schema) : undefined;
  const path = at.child('x-kubernetes-validations');
  return rules.filter(isJsonObject).flatMap((rule, i) => checkText(rule, compiled, path.index(i)));
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function checkText(source: JsonObject, schema: Schema | undefined, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const [rule, message, messageExpression] = [text(source.rule), text(source.message), text(source.messageExpression)];
  if (rule.trim() === '') errors.push(fieldRequired(at.child('rule'), 'rule is not specified'));
  else if (message !== '' && message.trim() === '') {
    errors.push(fieldInvalid(at.child('message'), message, 'must be non-empty if specified'));
  } else if (LINE_BREAK.test(message.trim())) {
    errors.push(fieldInvalid(at.child('message'), message, 'must not contain line breaks'));
  } else if (LINE_BREAK.test(rule.trim()) && message.trim() === '') {
    errors.push(fieldRequired(at.child('message'), 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const fault = 'messageExpression must be non-empty if specified';
    errors.push(fieldRequired(at.child('messageExpression'), fault));
  }
  const { reason } = source;
  if (typeof reason === 'string' && !REASONS.includes(reason)) {
    errors.push(fieldNotSupported(at.child('reason'), reason, REASONS));
  }
  return errors.concat(checkPath(text(source.fieldPath), schema, at.child('fieldPath')));
}

function checkPath(path: string, schema: Schema | undefined, at: FieldPath): FieldError[] {
  if (path === '') return [];
  const errors: FieldError[] = [];
  if (path.trim() === '') errors.push(fieldInvalid(at, path, 'must be non-empty if specified'));
  if (LINE_BREAK.test(path)) errors.push(fieldInvalid(at, path, 'must not contain line breaks'));
  if (schema !== undefined && resolveRulePath(path, schema) === undefined) {
    errors.push(fieldInvalid(at, path, 'must be a valid path'));
  }
  return errors;
}

/** Where a schema stands in the whole. */
interface Place {
  readonly at: FieldPath;
  readonly isResource: boolean;
  /** How often a value may occur in one object; undefined where nothing bounds it. */
  readonly occurrences: number | undefined;
  /** The list below which values have no predecessor. */
  readonly uncorrelatable: FieldPath | undefined;
}

/**
 * Compiles all rules of a schema and adds up what they may cost.
 *
 * @param blocked schemas below which other faults were found: their rules wait until those are gone
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function checkRules(source: JsonObject, at: FieldPath, blocked: (at: FieldPath) => boolean): FieldError[] {
  const checker = new RuleChecker(blocked);
  const root = { at, isResource: true, occurrences: 1, uncorrelatable: undefined };
  checker.visit(compileCrdSchema(source), root);
  return checker.finish(at);
}

class RuleChecker {
  private readonly errors: FieldError[] = [];
  private total = 0;
  private expensive: { readonly at: FieldPath; readonly cost: number }[] = [];

  constructor(private readonly blocked: (at: FieldPath) => boolean) {}

  visit(schema: Schema, place: Place): void {
    const { at } = place;
    const inner = { ...place, occurrences: occurrencesInside(schema, place.occurrences) };
    if (schema.items !== undefined) {
      const uncorrelatable = place.uncorrelatable ?? (schema.listType === 'map' ? undefined : at);
      this.visit(schema.items, {
        ...inner,
        at: at.child('items'),
        isResource: isEmbedded(schema.items),
        uncorrelatable,
      });
    }
    const names = [...(schema.properties?.keys() ?? [])].sort();
    const isCorrelatable = schema.mapType === undefined || schema.mapType === 'granular';
    const atomicMap = isCorrelatable ? place.uncorrelatable : (place.uncorrelatable ?? at);
    for (const name of names) {
      const property = schema.properties!.get(name)!;
      const path = at.child('properties').key(name);
      this.visit(property, { ...inner, at: path, isResource: isEmbedded(property), uncorrelatable: atomicMap });
    }
    const values = schema.additionalProperties;
    if (typeof values === 'object') {
      const path = at.child('additionalProperties');
      this.visit(values, { ...inner, at: path, isResource: isEmbedded(values) });
    }
    if (schema.rules !== undefined && !this.blocked(at)) this.checkOwn(schema, place);
  }

  finish(at: FieldPath): FieldError[] {
    if (this.total <= SCHEMA_ESTIMATE_MAX) return this.errors;
    const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.errors,
      ...this.expensive.map((rule) => fieldForbidden(rule.at, contributed)),
      fieldForbidden(at, overBudget(what, this.total, SCHEMA_ESTIMATE_MAX)),
    ];
  }

  private checkOwn(schema: Schema, place: Place): void {
    const at = place.at.child('x-kubernetes-validations');
    const declared = declareSchema(schema, place.isResource);
    if (declared === undefined) {
      const why = 'internal error: failed to construct type information for x-kubernetes-validations rules';
      this.errors.push(fieldInternal(at, `${why}: unable to convert structural schema to CEL declarations`));
      return;
    }
    const occurrences = place.occurrences ?? occurrencesMax(declared);
    compileRules(schema, declared).forEach((rule, i) => {
      this.checkRule(rule, at.index(i), occurrences, place.uncorrelatable);
    });
  }

  private checkRule(
    compiled: CompiledRule,
    at: FieldPath,
    occurrences: number,
    uncorrelatable: FieldPath | undefined,
  ): void {
    const { source, rule, messageExpression, usesOldSelf } = compiled;
    if ('fault' in rule) this.errors.push(invalidRule(at.child('rule'), source, rule.fault));
    else this.charge(at.child('rule'), 'estimated rule cost', rule.costMax * occurrences);
    if (messageExpression !== undefined) {
      const path = at.child('messageExpression');
      if ('fault' in messageExpression) this.errors.push(invalidRule(path, source, messageExpression.fault));
      else this.charge(path, 'estimated messageExpression cost', messageExpression.costMax);
    }
    if (usesOldSelf && uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      this.errors.push(fieldInvalid(at.child('rule'), source.rule, why));
    } else if (!usesOldSelf && source.optionalOldSelf !== undefined) {
      const why = 'may not be set if oldSelf is not used in rule';
      this.errors.push(fieldInvalid(at.child('optionalOldSelf'), source.optionalOldSelf, why));
    }
  }

  private charge(at: FieldPath, what: string, cost: number): void {
    if (cost > ESTIMATE_MAX) this.errors.push(fieldForbidden(at, overBudget(what, cost, ESTIMATE_MAX)));
    this.total += cost;
    // What contributes less than a hundredth is not named.
    if (cost < SCHEMA_ESTIMATE_MAX / 100) return;
    this.expensive.push({ at, cost });
    this.expensive.sort((a, b) => b.cost - a.cost);
    this.expensive = this.expensive.slice(0, EXPENSIVE_SHOWN);
  }
}

function isEmbedded(schema: Schema): boolean {
  return schema.embeddedResource === true;
}

function occurrencesInside(schema: Schema, occurrences: number | undefined): number | undefined {
  if (occurrences === undefined) return undefined;
  const { maxItems, maxProperties } = schema.validation ?? {};
  if (schema.type === 'array') return maxItems === undefined ? undefined : occurrences * Math.max(maxItems, 0);
  if (schema.type !== 'object' || schema.additionalProperties === undefined) return occurrences;
  return maxProperties === undefined ? undefined : occurrences * Math.max(maxProperties, 0);
}

function overBudget(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${shown} (${advice})`;
}

/** Upstream shows the whole rule. */
function invalidRule(at: FieldPath, rule: ValidationRule, fault: string): FieldError {
  return fieldInvalid(at, printGoRule({ ...rule }), fault);
}
