import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, POSITIVE_TEXT, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { checkLabelValue, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1Affinity,
  CoreV1NodeAffinity,
  CoreV1NodeSelector,
  CoreV1NodeSelectorTerm,
  CoreV1PodAffinity,
  CoreV1PodAffinityTerm,
  CoreV1Toleration,
  CoreV1TopologySpreadConstraint,
  MetaV1LabelSelector,
} from '../../apis/types.gen.js';

/** Where a pod may run. @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ */

export function validateAffinity(affinity: CoreV1Affinity | undefined, at: FieldPath, errors: Errors): void {
  if (affinity?.nodeAffinity) validateNodeAffinity(affinity.nodeAffinity, at.child('nodeAffinity'), errors);
  if (affinity?.podAffinity) validatePodAffinity(affinity.podAffinity, at.child('podAffinity'), errors);
  if (affinity?.podAntiAffinity) validatePodAffinity(affinity.podAntiAffinity, at.child('podAntiAffinity'), errors);
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateNodeAffinity(affinity: CoreV1NodeAffinity, at: FieldPath, errors: Errors): void {
  const required = affinity[REQUIRED];
  if (required) validateNodeSelector(required, at.child(REQUIRED), errors);
  for (const [i, term] of entriesOf(affinity[PREFERRED])) {
    const here = at.child(PREFERRED).index(i);
    validateWeight(term.weight, here.child('weight'), errors);
    validateNodeSelectorTerm(term.preference ?? {}, here.child('preference'), errors, false);
  }
}

function validateWeight(weight: number | undefined, at: FieldPath, errors: Errors): void {
  const value = weight ?? 0;
  if (value <= 0 || value > 100) errors.push(fieldInvalid(at, value, 'must be in the range 1-100'));
}

export function validateNodeSelector(selector: CoreV1NodeSelector, at: FieldPath, errors: Errors): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    errors.push(fieldRequired(at.child('nodeSelectorTerms'), 'must have at least one node selector term'));
    return;
  }
  for (const [i, term] of terms.entries())
    validateNodeSelectorTerm(term, at.child('nodeSelectorTerms').index(i), errors);
}

/** `judgesValues` false: values need not be those of labels, as where a term is but a preference. */
export function validateNodeSelectorTerm(
  term: CoreV1NodeSelectorTerm,
  at: FieldPath,
  errors: Errors,
  judgesValues = true,
): void {
  for (const [i, { key = '', operator = '', values = [] }] of entriesOf(term.matchExpressions)) {
    const here = at.child('matchExpressions').index(i);
    const given = values ?? [];
    validateNodeOperator(operator, given, here, errors);
    validateQualifiedName(key, here.child('key'), errors);
    for (const [j, value] of judgesValues ? given.entries() : []) {
      validateChecked(value, checkLabelValue, here.child('values').index(j), errors);
    }
  }
  for (const [i, { key = '', operator = '', values = [] }] of entriesOf(term.matchFields)) {
    const here = at.child('matchFields').index(i);
    const given = values ?? [];
    if (operator === 'In' || operator === 'NotIn') {
      if (given.length !== 1) {
        const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
        errors.push(fieldRequired(here.child('values'), text));
      }
    } else {
      errors.push(fieldInvalid(here.child('operator'), operator, 'not a valid selector operator'));
    }
    if (key === 'metadata.name') {
      for (const [j, value] of given.entries()) {
        validateChecked(value, checkDns1123Subdomain, here.child('values').index(j), errors);
      }
    } else {
      errors.push(fieldInvalid(here.child('key'), key, 'not a valid field selector key'));
    }
  }
}

function validateNodeOperator(operator: string, values: readonly string[], at: FieldPath, errors: Errors): void {
  const valuesAt = at.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(fieldRequired(valuesAt, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(fieldForbidden(valuesAt, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(fieldRequired(valuesAt, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(fieldInvalid(at.child('operator'), operator, 'not a valid selector operator'));
  }
}

function validatePodAffinity(affinity: CoreV1PodAffinity, at: FieldPath, errors: Errors): void {
  for (const [i, term] of entriesOf(affinity[REQUIRED])) {
    validatePodAffinityTerm(term, at.child(REQUIRED).index(i), errors);
  }
  for (const [i, { weight, podAffinityTerm }] of entriesOf(affinity[PREFERRED])) {
    const here = at.child(PREFERRED).index(i);
    validateWeight(weight, here.child('weight'), errors);
    if (podAffinityTerm) validatePodAffinityTerm(podAffinityTerm, here.child('podAffinityTerm'), errors);
  }
}

function validatePodAffinityTerm(term: CoreV1PodAffinityTerm, at: FieldPath, errors: Errors): void {
  validateLabelSelector(term.labelSelector, at.child('labelSelector'), errors);
  validateLabelSelector(term.namespaceSelector, at.child('namespaceSelector'), errors);
  for (const namespace of term.namespaces ?? [])
    validateChecked(namespace, checkDns1123Label, at.child('namespace'), errors);
  validateMatchLabelKeys(term, at, errors);
  const topologyKey = term.topologyKey ?? '';
  if (topologyKey === '') errors.push(fieldRequired(at.child('topologyKey'), 'can not be empty'));
  validateQualifiedName(topologyKey, at.child('topologyKey'), errors);
}

interface LabelKeys {
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly labelSelector?: MetaV1LabelSelector;
}

/** Keys whose values are the pod's own: in the selector the server has put them already, and nobody else may. */
function validateMatchLabelKeys(
  { matchLabelKeys: match = [], mismatchLabelKeys: mismatch = [], labelSelector }: LabelKeys,
  at: FieldPath,
  errors: Errors,
): void {
  validateLabelKeys(match, labelSelector, at.child('matchLabelKeys'), errors);
  validateLabelKeys(mismatch, labelSelector, at.child('mismatchLabelKeys'), errors);
  if (labelSelector) {
    const selected = new Set(Object.keys(labelSelector.matchLabels ?? {}));
    for (const { key } of labelSelector.matchExpressions ?? []) {
      const i = match.lastIndexOf(key);
      if (i >= 0 && selected.has(key)) {
        errors.push(fieldInvalid(at.index(i), key, 'exists in both matchLabelKeys and labelSelector'));
      }
      selected.add(key);
    }
  }
  for (const [i, key] of match.entries()) {
    if (!mismatch.includes(key)) continue;
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(fieldInvalid(at.child('matchLabelKeys').index(i), key, text));
  }
}

/** Keys that the server adds to a selector need a selector, may not be in it, and must be label keys. */
function validateLabelKeys(
  keys: readonly string[] | undefined,
  selector: MetaV1LabelSelector | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!keys || keys.length === 0) return;
  if (!selector) {
    errors.push(fieldForbidden(at, 'must not be specified when labelSelector is not set'));
    return;
  }
  for (const [i, key] of keys.entries()) validateQualifiedName(key, at.index(i), errors);
}

export function validateTolerations(
  tolerations: readonly CoreV1Toleration[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  for (const [i, toleration] of entriesOf(tolerations)) validateToleration(toleration, at.index(i), errors);
}

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateToleration(toleration: CoreV1Toleration, at: FieldPath, errors: Errors): void {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  if (key !== '') validateQualifiedName(key, at.child('key'), errors);
  if (key === '' && operator !== 'Exists') {
    const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(fieldInvalid(at.child('operator'), operator, text));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(fieldInvalid(at.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === 'Equal' || operator === '') {
    const faults = checkLabelValue(value);
    if (faults.length > 0) errors.push(fieldInvalid(at.child('operator'), value, faults.join(';')));
  } else if (operator === 'Exists') {
    if (value !== '') errors.push(fieldInvalid(at.child('operator'), value, EXISTS_TEXT));
  } else {
    // Who compares numbers is told of the operators that a feature gate holds back.
    const known = COMPARISONS.includes(operator) ? ['Equal', 'Exists', ...COMPARISONS] : ['Equal', 'Exists'];
    errors.push(fieldNotSupportedAsListed(at.child('operator'), operator, known));
  }
  if (effect !== '') validateTaintEffect(effect, at.child('effect'), errors);
}

const COMPARISONS = ['Lt', 'Gt'];
const EXISTS_TEXT = "value must be empty when `operator` is 'Exists'";

export function validateTaintEffect(effect: string, at: FieldPath, errors: Errors): void {
  if (effect === '') errors.push(fieldRequired(at));
  else if (!TAINT_EFFECTS.includes(effect)) errors.push(fieldNotSupportedAsListed(at, effect, TAINT_EFFECTS));
}

export function validateTopologySpread(
  constraints: readonly CoreV1TopologySpreadConstraint[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const pairs = (constraints ?? []).map((given) => `{${given.topologyKey ?? ''}, ${given.whenUnsatisfiable ?? ''}}`);
  for (const [i, constraint] of entriesOf(constraints)) {
    const here = at.index(i);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    if (maxSkew <= 0) errors.push(fieldInvalid(here.child('maxSkew'), maxSkew, POSITIVE_TEXT));
    if (topologyKey === '') errors.push(fieldRequired(here.child('topologyKey'), 'can not be empty'));
    if (!SPREAD_ACTIONS.includes(whenUnsatisfiable)) {
      errors.push(fieldNotSupported(here.child('whenUnsatisfiable'), whenUnsatisfiable, SPREAD_ACTIONS));
    }
    const pair = pairs[i]!;
    if (pairs.indexOf(pair, i + 1) >= 0)
      errors.push(fieldDuplicate(here.child('{topologyKey, whenUnsatisfiable}'), pair));
    validateMinDomains(minDomains, whenUnsatisfiable, here.child('minDomains'), errors);
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name];
      if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore') {
        errors.push(fieldNotSupported(here.child(name), policy, ['Honor', 'Ignore']));
      }
    }
    const { matchLabelKeys, labelSelector } = constraint;
    validateMatchLabelKeys(
      { ...(matchLabelKeys && { matchLabelKeys }), ...(labelSelector && { labelSelector }) },
      here,
      errors,
    );
    validateLabelSelector(constraint.labelSelector, here.child('labelSelector'), errors);
  }
}

const SPREAD_ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];

function validateMinDomains(minDomains: number | undefined, action: string, at: FieldPath, errors: Errors): void {
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.push(fieldInvalid(at, minDomains, POSITIVE_TEXT));
  if (action !== 'DoNotSchedule') {
    const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(fieldInvalid(at, minDomains, text));
  }
}
