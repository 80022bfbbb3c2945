import type { JsonObject } from '../../apimachinery/meta/json.js';
import { isJsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkLabelValue, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';

export interface SelectorRequirement extends JsonObject {
  key?: string;
  operator?: string;
  values?: string[] | null;
}

export interface SelectorAttributes extends JsonObject {
  rawSelector?: string;
  requirements?: SelectorRequirement[] | null;
}

export interface ResourceAttributes extends JsonObject {
  namespace?: string;
  verb?: string;
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  fieldSelector?: SelectorAttributes;
  labelSelector?: SelectorAttributes;
}

export interface NonResourceAttributes extends JsonObject {
  path?: string;
  verb?: string;
}

/** Spec of the three access reviews; only SubjectAccessReview and its local form name a subject. */
export interface AccessReviewSpec extends JsonObject {
  resourceAttributes?: ResourceAttributes | null;
  nonResourceAttributes?: NonResourceAttributes | null;
  user?: string;
  groups?: string[];
  extra?: { [key: string]: string[] };
  uid?: string;
}

const SPEC = FieldPath.root('spec');
const ONE_OF = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/ */
export function validateAccessReview(review: Readonly<KubeObject>, spec: AccessReviewSpec, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  const { resourceAttributes: resource, nonResourceAttributes: nonResource } = spec;
  if ((resource && nonResource) || (!resource && !nonResource)) {
    errors.push(fieldInvalid(SPEC, nonResource ? goForm(nonResource) : null, ONE_OF));
  }
  if (kind !== 'SelfSubjectAccessReview' && !spec.user && !spec.groups?.length) {
    errors.push(fieldInvalid(SPEC.child('user'), spec.user ?? '', 'at least one of user or group must be specified'));
  }
  if (resource) {
    const at = SPEC.child('resourceAttributes');
    validateSelector(resource.fieldSelector, at.child('fieldSelector'), false, errors);
    validateSelector(resource.labelSelector, at.child('labelSelector'), true, errors);
  }
  validateMetadata(review, spec, kind === 'LocalSubjectAccessReview', errors);
  return errors;
}

function validateMetadata(
  { metadata }: Readonly<KubeObject>,
  { resourceAttributes, nonResourceAttributes }: AccessReviewSpec,
  local: boolean,
  errors: FieldError[],
): void {
  const ignored = local ? ['managedFields', 'namespace'] : ['managedFields'];
  if (Object.keys(metadata).some((name) => metadata[name] !== undefined && !ignored.includes(name))) {
    errors.push(fieldInvalid('metadata', metadata, local ? 'must be empty except for namespace' : 'must be empty'));
  }
  if (!local) return;
  if (resourceAttributes && (resourceAttributes.namespace ?? '') !== (metadata.namespace ?? '')) {
    const given = resourceAttributes.namespace ?? '';
    errors.push(fieldInvalid('spec.resourceAttributes.namespace', given, 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const value = goForm(nonResourceAttributes);
    errors.push(fieldInvalid('spec.nonResourceAttributes', value, 'disallowed on this kind of request'));
  }
}

/** As kube-apiserver holds the attributes inside, which is how its messages show them. */
function goForm({ path = '', verb = '' }: NonResourceAttributes): JsonObject {
  return { Path: path, Verb: verb };
}

function validateSelector(
  selector: SelectorAttributes | null | undefined,
  at: FieldPath,
  labels: boolean,
  errors: FieldError[],
): void {
  if (!isJsonObject(selector)) return;
  const { rawSelector = '' } = selector;
  const requirements = selector.requirements ?? [];
  if (rawSelector !== '' && requirements.length > 0) {
    const text = 'may not specified at the same time as requirements';
    errors.push(fieldInvalid(at.child('rawSelector'), rawSelector, text));
  }
  if (rawSelector === '' && requirements.length === 0) {
    const text = `when ${at} is specified, requirements or rawSelector is required`;
    errors.push(fieldRequired(at.child('requirements'), text));
  }
  for (const [i, requirement] of requirements.entries()) {
    validateRequirement(requirement, at.child('requirements').index(i), labels, errors);
  }
}

/** Operators of newer clients are let through: whoever asks about them gets an answer for what is understood. */
function validateRequirement(
  { key = '', operator = '', values }: SelectorRequirement,
  at: FieldPath,
  labels: boolean,
  errors: FieldError[],
): void {
  const given = values ?? [];
  if (!labels && key === '') errors.push(fieldRequired(at.child('key'), 'must be specified'));
  if ((operator === 'In' || operator === 'NotIn') && given.length === 0) {
    errors.push(fieldRequired(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && given.length > 0) {
    const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(fieldForbidden(at.child('values'), text));
  }
  if (!labels) return;
  validateQualifiedName(key, at.child('key'), errors);
  for (const [i, value] of given.entries()) {
    for (const text of checkLabelValue(value)) errors.push(fieldInvalid(at.child('values').index(i), value, text));
  }
}
