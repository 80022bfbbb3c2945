import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { pathSegment } from '../../apimachinery/validation/names.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  AdmissionregistrationV1MatchCondition,
  AdmissionregistrationV1MatchResources,
  AdmissionregistrationV1NamedRuleWithOperations,
  AdmissionregistrationV1RuleWithOperations,
} from '../../apis/types.gen.js';
import { type ExpressionSession, validateExpression } from '../generic/expression-checker.js';

/** What webhooks and policies share: which requests they see. */

const ALL = '*';
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
export const FAILURE_POLICIES = ['Fail', 'Ignore'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
export const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const MATCH_CONDITIONS_MAX = 64;

type Rule = AdmissionregistrationV1RuleWithOperations;

export function defaultRules(rules: readonly Rule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= ALL;
}

export function defaultMatchResources(match: AdmissionregistrationV1MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

export function validateRule(rule: Rule, at: FieldPath, errors: Errors): void {
  const { operations, apiGroups, apiVersions, resources, scope } = rule;
  validateLone(operations, 'operations', at.child('operations'), errors);
  for (const [i, operation] of entriesOf(operations)) {
    if (OPERATIONS.includes(operation)) continue;
    errors.push(fieldNotSupported(at.child('operations').index(i), operation, OPERATIONS));
  }
  validateLone(apiGroups, 'API groups', at.child('apiGroups'), errors);
  validateLone(apiVersions, 'API versions', at.child('apiVersions'), errors);
  for (const [i, version] of entriesOf(apiVersions)) {
    if (version === '') errors.push(fieldRequired(at.child('apiVersions').index(i)));
  }
  validateResources(resources ?? [], at.child('resources'), errors);
  if (scope !== undefined && !SCOPES.includes(scope)) {
    errors.push(fieldNotSupported(at.child('scope'), scope, SCOPES));
  }
}

/** There is at least one, and a wildcard stands alone. */
function validateLone(values: string[] | undefined, noun: string, at: FieldPath, errors: Errors): void {
  if (!values || values.length === 0) errors.push(fieldRequired(at));
  else if (values.length > 1 && values.includes(ALL)) {
    errors.push(fieldInvalid(at, values, `if '*' is present, must not specify other ${noun}`));
  }
}

function validateResources(resources: string[], at: FieldPath, errors: Errors): void {
  if (resources.length === 0) errors.push(fieldRequired(at));
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  let plain = false;
  for (const [i, name] of resources.entries()) {
    if (name === '') {
      errors.push(fieldRequired(at.index(i)));
      continue;
    }
    const slash = name.indexOf('/');
    if (slash < 0) {
      // As upstream, the last name without a subresource decides.
      plain = name !== ALL;
      continue;
    }
    const resource = name.slice(0, slash);
    const sub = name.slice(slash + 1);
    if (wholeResources.has(resource)) {
      errors.push(fieldInvalid(at.index(i), name, `if '${resource}/*' is present, must not specify ${name}`));
    }
    if (wholeSubresources.has(sub)) {
      errors.push(fieldInvalid(at.index(i), name, `if '*/${sub}' is present, must not specify ${name}`));
    }
    if (sub === ALL) wholeResources.add(resource);
    if (resource === ALL) wholeSubresources.add(sub);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(fieldInvalid(at, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (plain && resources.includes(ALL)) {
    const text = "if '*' is present, must not specify other resources without subresources";
    errors.push(fieldInvalid(at, resources, text));
  }
}

function validateNamedRule(rule: AdmissionregistrationV1NamedRuleWithOperations, at: FieldPath, errors: Errors): void {
  const names = new Set<string>();
  for (const [i, name] of entriesOf(rule.resourceNames)) {
    const here = at.child('resourceNames').index(i);
    validateChecked(name, (value) => pathSegment(value, false), here, errors);
    if (names.has(name)) errors.push(fieldDuplicate(here, name));
    names.add(name);
  }
  validateRule(rule, at, errors);
}

export function validateMatchResources(
  match: AdmissionregistrationV1MatchResources | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (match === undefined) return;
  const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = match;
  if (matchPolicy === undefined) errors.push(fieldRequired(at.child('matchPolicy')));
  else if (!MATCH_POLICIES.includes(matchPolicy)) {
    errors.push(fieldNotSupported(at.child('matchPolicy'), matchPolicy, MATCH_POLICIES));
  }
  for (const name of ['namespaceSelector', 'objectSelector'] as const) {
    if (match[name] === undefined) errors.push(fieldRequired(at.child(name)));
    else validateLabelSelector(match[name], at.child(name), errors);
  }
  for (const [i, rule] of resourceRules.entries()) validateNamedRule(rule, at.child('resourceRules').index(i), errors);
  for (const [i, rule] of excludeResourceRules.entries()) {
    validateNamedRule(rule, at.child('excludeResourceRules').index(i), errors);
  }
}

export function validateMatchConditions(
  conditions: readonly AdmissionregistrationV1MatchCondition[],
  session: ExpressionSession | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (conditions.length > MATCH_CONDITIONS_MAX) {
    errors.push(fieldTooMany(at, conditions.length, MATCH_CONDITIONS_MAX));
  }
  const names = new Set<string>();
  for (const [i, { name = '', expression = '' }] of conditions.entries()) {
    const here = at.index(i);
    const trimmed = expression.trim();
    if (trimmed === '') errors.push(fieldRequired(here.child('expression')));
    else validateExpression(trimmed, 'matchCondition', here.child('expression'), errors, session);
    if (name === '') {
      errors.push(fieldRequired(here.child('name')));
      continue;
    }
    validateQualifiedName(name, here.child('name'), errors);
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    names.add(name);
  }
}
