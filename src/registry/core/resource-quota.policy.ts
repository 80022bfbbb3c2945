import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type { CoreV1ResourceQuota, CoreV1ResourceQuotaSpec, CoreV1ScopeSelector } from '../../apis/types.gen.js';
import { internalForm } from '../generic/internal-form.js';
import {
  isStandardQuotaResource,
  validateQuotaResourceName,
  validateResourceQuantity,
} from '../generic/resource-names.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { PolicyEnvironment } from '../kind-policy.js';

/** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/ */

const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const SCOPES = SPEC.child('scopes');
const EXPRESSIONS = SPEC.child('scopeSelector', 'matchExpressions');

const POD_COUNT = ['pods'];
const PODS = [...POD_COUNT, 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'] as const;
const CLAIMS = ['persistentvolumeclaims', 'requests.storage'];
/** Scopes and the standard resources that each can be about. */
const SCOPED_RESOURCES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Terminating', new Set(PODS)],
  ['NotTerminating', new Set(PODS)],
  ['NotBestEffort', new Set(PODS)],
  ['PriorityClass', new Set(PODS)],
  ['CrossNamespacePodAffinity', new Set(PODS)],
  ['BestEffort', new Set(POD_COUNT)],
  ['VolumeAttributesClass', new Set(CLAIMS)],
]);
const CONFLICTING = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
/** Scopes that are there or not, and have no values. */
const VALUELESS = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]);
const EXISTS_TEXT =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateAmounts(amounts: Readonly<Record<string, string>> | undefined, at: FieldPath, errors: Errors): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    validateQuotaResourceName(name, at.key(name), errors);
    validateResourceQuantity(name, amount, at.key(name), errors);
  }
}

/** The bounded resources that a scope cannot be about. */
function resourcesOutside(scope: string, { hard }: CoreV1ResourceQuotaSpec): string[] {
  const inside = SCOPED_RESOURCES.get(scope);
  if (inside === undefined) return [];
  return Object.keys(hard ?? {}).filter((name) => isStandardQuotaResource(name) && !inside.has(name));
}

function validateScopes(spec: CoreV1ResourceQuotaSpec, errors: Errors): void {
  const { scopes = [] } = spec;
  for (const scope of scopes) {
    if (!SCOPED_RESOURCES.has(scope)) errors.push(fieldInvalid(SCOPES, scopes, 'unsupported scope'));
    for (const _ of resourcesOutside(scope, spec)) {
      errors.push(fieldInvalid(SCOPES, scopes, 'unsupported scope applied to resource'));
    }
  }
  for (const _ of conflicts(scopes)) errors.push(fieldInvalid(SCOPES, scopes, 'conflicting scopes'));
}

function conflicts(scopes: readonly string[]): readonly (readonly string[])[] {
  return CONFLICTING.filter((pair) => pair.every((scope) => scopes.includes(scope)));
}

function validateScopeSelector(
  spec: CoreV1ResourceQuotaSpec,
  selector: CoreV1ScopeSelector,
  errors: Errors,
  { catalogue }: PolicyEnvironment,
): void {
  const requirements = selector.matchExpressions ?? [];
  for (const { scopeName = '', operator = '', values = [] } of requirements) {
    if (!SCOPED_RESOURCES.has(scopeName)) {
      errors.push(fieldInvalid(EXPRESSIONS.child('scopeName'), scopeName, 'unsupported scope'));
    }
    for (const _ of resourcesOutside(scopeName, spec)) {
      const shown = internalForm(catalogue.schemaOf('core.v1.ScopeSelector'), selector);
      errors.push(fieldInvalid(EXPRESSIONS, shown, 'unsupported scope applied to resource'));
    }
    if (VALUELESS.has(scopeName) && operator !== 'Exists') {
      errors.push(fieldInvalid(EXPRESSIONS.child('operator'), operator, EXISTS_TEXT));
    }
    validateOperator(operator, values, errors);
  }
  for (const _ of conflicts(requirements.map(({ scopeName }) => scopeName))) {
    errors.push(fieldInvalid(EXPRESSIONS, spec.scopes ?? null, 'conflicting scopes'));
  }
}

function validateOperator(operator: string, values: readonly string[], errors: Errors): void {
  const at = EXPRESSIONS.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
        errors.push(fieldRequired(at, text));
      }
      return;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        errors.push(fieldInvalid(at, [...values], text));
      }
      return;
    default:
      errors.push(fieldInvalid(EXPRESSIONS.child('operator'), operator, 'not a valid selector operator'));
  }
}

function validateSpec({ spec = {} }: Readonly<CoreV1ResourceQuota>, errors: Errors, env: PolicyEnvironment): void {
  validateAmounts(spec.hard, SPEC.child('hard'), errors);
  validateScopes(spec, errors);
  if (spec.scopeSelector) validateScopeSelector(spec, spec.scopeSelector, errors, env);
}

export const resourceQuotaPolicy = ruledPolicy<CoreV1ResourceQuota>({
  resource: 'resourcequotas',
  traits: {
    kind: { group: '', version: 'v1', kind: 'ResourceQuota' },
    namespaced: true,
    hasStatus: true,
    returnsDeletedObject: true,
  },
  validate: validateSpec,
  validateUpdate: (quota, old, errors, env) => {
    validateSpec(quota, errors, env);
    const now = new Set(quota.spec?.scopes);
    const before = new Set(old.spec?.scopes);
    const same = now.size === before.size && [...now].every((scope) => before.has(scope));
    if (!same) errors.push(fieldInvalid(SCOPES, quota.spec?.scopes ?? null, IMMUTABLE_TEXT));
  },
  validateStatus: ({ status = {} }, _old, errors) => {
    validateAmounts(status.hard, STATUS.child('hard'), errors);
    validateAmounts(status.used, STATUS.child('used'), errors);
  },
});
