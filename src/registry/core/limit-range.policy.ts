import { compareQuantities, nanosOf } from '../../apimachinery/runtime/quantity.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1LimitRange, CoreV1LimitRangeItem } from '../../apis/types.gen.js';
import { isOvercommitAllowed, validateContainerResourceName, validateResourceName } from '../generic/resource-names.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

/** @see https://kubernetes.io/docs/concepts/policy/limit-range/ */

const LIMITS = FieldPath.root('spec', 'limits');
const LIMIT_TYPES = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
/** The bounds of an item in the order in which they are judged. */
const BOUNDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
const NANOS = 1e9;

type Amounts = Readonly<Record<string, string>>;

/** Containers get limits from what is allowed at most, and requests from limits or what is asked at least. */
function fillIn(item: CoreV1LimitRangeItem): void {
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateLimitRange({ spec }: Readonly<CoreV1LimitRange>, errors: Errors): void {
  const seen = new Set<string>();
  for (const [i, item] of entriesOf(spec?.limits)) {
    const at = LIMITS.index(i);
    const type = item.type ?? '';
    validateLimitType(type, at.child('type'), errors);
    if (seen.has(type)) errors.push(fieldDuplicate(at.child('type'), type));
    seen.add(type);
    validateItem(item, at, errors);
  }
}

function validateLimitType(type: string, at: FieldPath, errors: Errors): void {
  const before = errors.length;
  validateQualifiedName(type, at, errors);
  if (errors.length > before || type.includes('/') || LIMIT_TYPES.has(type)) return;
  errors.push(fieldInvalid(at, type, 'must be a standard limit type or fully qualified'));
}

function validateItem(item: CoreV1LimitRangeItem, at: FieldPath, errors: Errors): void {
  const validateName =
    item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  const names = new Set<string>();
  for (const bound of BOUNDS) {
    const amounts = Object.keys(item[bound] ?? {});
    if (item.type === 'Pod' && (bound === 'default' || bound === 'defaultRequest')) {
      if (amounts.length > 0) errors.push(fieldForbidden(at.child(bound), "may not be specified when `type` is 'Pod'"));
      continue;
    }
    if (bound === 'maxLimitRequestRatio') requireClaimBound(item, at, errors);
    for (const name of amounts) {
      validateName(name, at.child(bound).key(name), errors);
      names.add(name);
    }
  }
  for (const name of names) validateBounds(item, name, at, errors);
}

function requireClaimBound({ type, min, max }: CoreV1LimitRangeItem, at: FieldPath, errors: Errors): void {
  if (type !== 'PersistentVolumeClaim' || min?.['storage'] !== undefined || max?.['storage'] !== undefined) return;
  const text = 'either minimum or maximum storage value is required, but neither was provided';
  errors.push(fieldRequired(at.child('limits'), text));
}

/** The bounds of one resource among each other. */
function validateBounds(item: CoreV1LimitRangeItem, name: string, at: FieldPath, errors: Errors): void {
  const of = (amounts: Amounts | undefined): string | undefined => amounts?.[name];
  const min = of(item.min);
  const max = of(item.max);
  const limit = item.type === 'Pod' ? undefined : of(item.default);
  const request = item.type === 'Pod' ? undefined : of(item.defaultRequest);
  const requestAt = at.child('defaultRequest').key(name);
  const limitAt = at.child('default').key(name);
  /** `low` may not be above `high`; of the two, `shown` is the bad value. */
  const order = (
    here: FieldPath,
    [low, lowName]: readonly [string | undefined, string],
    [high, highName]: readonly [string | undefined, string],
    shown: string | undefined,
  ): void => {
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return;
    errors.push(fieldInvalid(here, shown, `${lowName} value ${low} is greater than ${highName} value ${high}`));
  };
  order(at.child('min').key(name), [min, 'min'], [max, 'max'], min);
  order(requestAt, [min, 'min'], [request, 'default request'], request);
  order(requestAt, [request, 'default request'], [max, 'max'], request);
  order(requestAt, [request, 'default request'], [limit, 'default limit'], request);
  order(limitAt, [min, 'min'], [limit, 'default'], min);
  order(limitAt, [limit, 'default'], [max, 'max'], max);
  validateRatio(of(item.maxLimitRequestRatio), min, max, at.child('maxLimitRequestRatio').key(name), errors);
  if (isOvercommitAllowed(name) || limit === undefined || request === undefined) return;
  if (compareQuantities(limit, request) !== 0) {
    const text = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(fieldInvalid(requestAt, request, text));
  }
}

function validateRatio(
  ratio: string | undefined,
  min: string | undefined,
  max: string | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (ratio === undefined) return;
  if (compareQuantities(ratio, '1') < 0) errors.push(fieldInvalid(at, ratio, `ratio ${ratio} is less than 1`));
  if (min === undefined || max === undefined) return;
  const bound = Number(nanosOf(max)) / Number(nanosOf(min));
  if (Number(nanosOf(ratio)) / NANOS > bound) {
    errors.push(fieldInvalid(at, ratio, `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`));
  }
}

export const limitRangePolicy = ruledPolicy<CoreV1LimitRange>({
  resource: 'limitranges',
  traits: { kind: { group: '', version: 'v1', kind: 'LimitRange' }, namespaced: true, allowCreateOnUpdate: true },
  defaults: {
    v1: (object) => {
      for (const item of (object as CoreV1LimitRange).spec?.limits ?? []) fillIn(item);
    },
  },
  // A limit range without a name is given one of its own.
  prepareForCreate: ({ metadata }) => {
    if (!metadata.name && metadata.uid) metadata.name = metadata.uid;
  },
  validate: validateLimitRange,
});
