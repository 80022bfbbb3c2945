import type { JsonValue } from '../../apimachinery/meta/json.js';
import { isJsonObject } from '../../apimachinery/meta/json.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { checkLabelValue } from '../../apimachinery/validation/qualified-name.js';
import type {
  ResourceV1DeviceClaim,
  ResourceV1DeviceRequest,
  ResourceV1DeviceSelector,
  ResourceV1DeviceSubRequest,
  ResourceV1DeviceToleration,
  ResourceV1ExactDeviceRequest,
  ResourceV1OpaqueDeviceConfiguration,
} from '../../apis/types.gen.js';
import { validateExpression } from '../generic/expression-checker.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import { LIST_MAX } from './declared.js';

/** What a claim asks for: the rules that need more than one field. Those that stand in the types are in `declared.ts`. */

const ALTERNATIVES_MAX = 8;
const EXPRESSION_BYTES_MAX = 10 * 1024;
const PARAMETERS_BYTES_MAX = 10 * 1024;
const REQUEST_NAME_TEXT =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Names of requests with those of their alternatives. */
export type RequestNames = ReadonlyMap<string, readonly string[]>;

export const requestNamesOf = (claim: Readonly<ResourceV1DeviceClaim>): RequestNames =>
  new Map((claim.requests ?? []).map(({ name, firstAvailable }) => [name, (firstAvailable ?? []).map((r) => r.name)]));

export function validateDeviceClaim(
  claim: Readonly<ResourceV1DeviceClaim>,
  at: FieldPath,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const names = requestNamesOf(claim);
  validateEach(claim.requests, LIST_MAX, at.child('requests'), (request, here) =>
    validateRequest(request, here, errors, environment),
  );
  validateEach(claim.constraints, LIST_MAX, at.child('constraints'), (constraint, here) => {
    validateNameReferences(constraint.requests, names, here.child('requests'), errors);
    if (constraint.matchAttribute === undefined && constraint.distinctAttribute === undefined) {
      const text = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
      errors.push(fieldRequired(here, text));
    }
  });
  validateEach(claim.config, LIST_MAX, at.child('config'), (config, here) => {
    validateNameReferences(config.requests, names, here.child('requests'), errors);
    validateConfiguration(config.opaque, here, errors);
  });
}

/** Lists that are too long are told of by their types. */
export function validateEach<T>(
  list: readonly T[] | null | undefined,
  max: number,
  at: FieldPath,
  each: (item: T, at: FieldPath) => void,
): void {
  const items = list ?? [];
  if (items.length > max) return;
  for (const [i, item] of items.entries()) each(item, at.index(i));
}

function validateRequest(
  request: ResourceV1DeviceRequest,
  at: FieldPath,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  validateChecked(request.name ?? '', checkDns1123Label, at.child('name'), errors);
  const { exactly, firstAvailable = [] } = request;
  if (exactly === undefined && firstAvailable.length === 0) {
    errors.push(fieldRequired(at, 'exactly one of `exactly` or `firstAvailable` is required'));
  } else if (exactly !== undefined && firstAvailable.length > 0) {
    const text = 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set';
    errors.push(fieldInvalid(at, null, text));
  } else if (exactly !== undefined) {
    const here = at.child('exactly');
    if (!exactly.deviceClassName) errors.push(fieldRequired(here.child('deviceClassName')));
    else validateChecked(exactly.deviceClassName, checkDns1123Subdomain, here.child('deviceClassName'), errors);
    validateDemand(exactly, here, errors, environment);
  } else {
    validateEach(firstAvailable, ALTERNATIVES_MAX, at.child('firstAvailable'), (sub, here) => {
      validateChecked(sub.name ?? '', checkDns1123Label, here.child('name'), errors);
      validateDemand(sub, here, errors, environment);
    });
  }
}

type Demand = ResourceV1ExactDeviceRequest | ResourceV1DeviceSubRequest;

/** What an exact request and an alternative have in common. */
function validateDemand(demand: Demand, at: FieldPath, errors: Errors, environment: PolicyEnvironment): void {
  validateSelectors(demand.selectors, at.child('selectors'), errors, environment);
  const { allocationMode: mode, count = 0, tolerations = [] } = demand;
  if (mode === 'All' && count !== 0) {
    errors.push(fieldInvalid(at.child('count'), count, "must not be specified when allocationMode is 'All'"));
  } else if (mode === 'ExactCount' && count <= 0) {
    errors.push(fieldInvalid(at.child('count'), count, 'must be greater than zero'));
  }
  for (const [i, toleration] of tolerations.entries())
    validateToleration(toleration, at.child('tolerations').index(i), errors);
}

export function validateSelectors(
  selectors: readonly ResourceV1DeviceSelector[] | undefined,
  at: FieldPath,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const session = environment.expressions?.start(false);
  validateEach(selectors, LIST_MAX, at, ({ cel }, here) => {
    if (cel === undefined) {
      errors.push(fieldRequired(here.child('cel')));
      return;
    }
    const expressionAt = here.child('cel', 'expression');
    const expression = cel.expression ?? '';
    if (byteLength(expression) > EXPRESSION_BYTES_MAX) errors.push(fieldTooLong(expressionAt, EXPRESSION_BYTES_MAX));
    else validateExpression(expression, 'deviceSelector', expressionAt, errors, session);
  });
}

export function validateToleration(toleration: ResourceV1DeviceToleration, at: FieldPath, errors: Errors): void {
  const { operator, value = '' } = toleration;
  if (operator === 'Exists') {
    if (value !== '') errors.push(fieldInvalid(at.child('value'), value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') {
    for (const text of checkLabelValue(value)) errors.push(fieldInvalid(at.child('value'), value, text));
  }
}

function validateNameReferences(
  references: readonly string[] | undefined,
  names: RequestNames,
  at: FieldPath,
  errors: Errors,
): void {
  validateEach(references, LIST_MAX, at, (name, here) => validateNameReference(name, names, here, errors));
}

export function validateNameReference(name: string, names: RequestNames, at: FieldPath, errors: Errors): void {
  const [request = '', sub, ...more] = name.split('/');
  if (more.length > 0) {
    errors.push(fieldInvalid(at, name, REQUEST_NAME_TEXT));
    return;
  }
  validateChecked(request, checkDns1123Label, at, errors);
  if (sub !== undefined) validateChecked(sub, checkDns1123Label, at, errors);
  const alternatives = names.get(request);
  if (alternatives === undefined || (sub !== undefined && !alternatives.includes(sub))) {
    errors.push(fieldInvalid(at, name, REQUEST_NAME_TEXT));
  }
}

export function validateConfiguration(
  opaque: ResourceV1OpaqueDeviceConfiguration | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (opaque === undefined) errors.push(fieldRequired(at.child('opaque')));
  else validateRawObject(opaque.parameters, at.child('opaque', 'parameters'), PARAMETERS_BYTES_MAX, errors);
}

/** An object of somebody else's making. */
export function validateRawObject(value: JsonValue | undefined, at: FieldPath, max: number, errors: Errors): void {
  if (value === undefined || value === null) errors.push(fieldRequired(at));
  else if (byteLength(encodeJson(value)) > max) errors.push(fieldTooLong(at, max));
  else if (!isJsonObject(value)) errors.push(fieldInvalid(at, '<value omitted>', 'must be a valid JSON object'));
}
