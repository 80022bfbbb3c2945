import type { Library, ObjectTypes } from '../../apimachinery/cel/environment.js';
import { AUTHORIZER, AUTHORIZER_LIBRARY, RESOURCE_CHECK } from '../../apimachinery/cel/library/authorizer.js';
import { JSON_PATCH_LIBRARY } from '../../apimachinery/cel/library/json-patch.js';
import { BOOL, type CelType, DYN, INT, listOf, mapOf, object, STRING } from '../../apimachinery/cel/type.js';

/**
 * Types and functions of expressions in policies, webhooks and device selectors.
 * @see https://kubernetes.io/docs/reference/using-api/cel/
 */

const REQUEST = object('kubernetes.AdmissionRequest');
const KIND = object('kubernetes.GroupVersionKind');
const RESOURCE = object('kubernetes.GroupVersionResource');
const USER = object('kubernetes.UserInfo');
const NAMESPACE = object('kubernetes.Namespace');
const NAMESPACE_META = object('kubernetes.NamespaceMetadata');
const NAMESPACE_SPEC = object('kubernetes.NamespaceSpec');
const NAMESPACE_STATUS = object('kubernetes.NamespaceStatus');
const DEVICE = object('kubernetes.DRADevice');
const VARIABLES = object('kubernetes.variables');
export const APPLIED_OBJECT = object('Object');
export const JSON_PATCH = object('JSONPatch');

type Fields = Readonly<Record<string, CelType>>;

const TEXT_MAP = mapOf(STRING, STRING);
const NAMED_KIND = { group: STRING, version: STRING };
const FIELDS: Readonly<Record<string, Fields>> = {
  [REQUEST.name]: {
    uid: STRING,
    kind: KIND,
    resource: RESOURCE,
    subResource: STRING,
    requestKind: KIND,
    requestResource: RESOURCE,
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo: USER,
    dryRun: BOOL,
    options: DYN,
  },
  [KIND.name]: { ...NAMED_KIND, kind: STRING },
  [RESOURCE.name]: { ...NAMED_KIND, resource: STRING },
  [USER.name]: { username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)) },
  [NAMESPACE.name]: { metadata: NAMESPACE_META, spec: NAMESPACE_SPEC, status: NAMESPACE_STATUS },
  [NAMESPACE_META.name]: {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    UID: STRING,
    creationTimestamp: DYN,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: DYN,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  },
  [NAMESPACE_SPEC.name]: { finalizers: listOf(STRING) },
  [NAMESPACE_STATUS.name]: { phase: STRING },
  [DEVICE.name]: {
    driver: STRING,
    attributes: mapOf(STRING, mapOf(STRING, DYN)),
    capacity: mapOf(STRING, mapOf(STRING, object('kubernetes.Quantity'))),
    allowMultipleAllocations: BOOL,
  },
  [JSON_PATCH.name]: { op: STRING, path: STRING, from: STRING, value: DYN },
};

/**
 * Known types, and the types of the variables declared so far.
 * @param mutates with the types that mutations build: `Object` and what is inside it take any field
 */
export function policyTypes(variables: ReadonlyMap<string, CelType>, mutates: boolean): ObjectTypes {
  const isApplied = (name: string): boolean =>
    mutates && (name === APPLIED_OBJECT.name || name.startsWith(`${APPLIED_OBJECT.name}.`));
  const isKnown = (name: string): boolean => Object.hasOwn(FIELDS, name) && (mutates || name !== JSON_PATCH.name);
  return {
    has: (name) => isApplied(name) || name === VARIABLES.name || isKnown(name),
    fieldType: (name, field) => {
      if (isApplied(name)) return DYN;
      if (name === VARIABLES.name) return variables.get(field);
      const fields = isKnown(name) ? FIELDS[name] : undefined;
      return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
    },
  };
}

export const POLICY_LIBRARIES: readonly Library[] = [AUTHORIZER_LIBRARY, JSON_PATCH_LIBRARY];

/** Variables that stand in every expression of a policy or webhook. */
export const REQUEST_VARIABLES: readonly (readonly [string, CelType])[] = [
  ['object', DYN],
  ['oldObject', DYN],
  ['request', REQUEST],
  ['namespaceObject', NAMESPACE],
];
export const AUTHORIZER_VARIABLES: readonly (readonly [string, CelType])[] = [
  ['authorizer', AUTHORIZER],
  ['authorizer.requestResource', RESOURCE_CHECK],
];
export const PARAMS_VARIABLE: readonly [string, CelType] = ['params', DYN];
export const VARIABLES_VARIABLE: readonly [string, CelType] = ['variables', VARIABLES];
export const DEVICE_VARIABLE: readonly [string, CelType] = ['device', DEVICE];
