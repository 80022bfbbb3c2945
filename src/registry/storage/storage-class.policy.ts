import type { JsonObject } from '../../apimachinery/meta/json.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { immutable, required, struct } from '../../apimachinery/validation/declared-rules.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked, validateEnum } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength } from '../../apimachinery/validation/names.js';
import { checkQualifiedName, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1TopologySelectorTerm,
  StorageV1StorageClass,
  StorageV1VolumeAttributesClass,
} from '../../apis/types.gen.js';
import { deprecatedLabel } from '../generic/node-labels.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

const PARAMETERS = FieldPath.root('parameters');
const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;
const TOPOLOGIES = FieldPath.root('allowedTopologies');

/** @see https://kubernetes.io/docs/concepts/storage/storage-classes/ */
export const storageClassPolicy = ruledPolicy<StorageV1StorageClass>({
  resource: 'storageclasses',
  traits: {
    kind: { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass' },
    namespaced: false,
    returnsDeletedObject: true,
  },
  defaults: {
    v1: (object: KubeObject) => {
      const storageClass = object as StorageV1StorageClass;
      storageClass.reclaimPolicy ??= 'Delete';
      storageClass.volumeBindingMode ??= 'Immediate';
    },
  },
  validate: (storageClass, errors) => {
    const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = storageClass;
    validateDriver(provisioner, FieldPath.root('provisioner'), errors);
    validateParameters(parameters, errors);
    validateEnum(reclaimPolicy, ['Delete', 'Retain'], FieldPath.root('reclaimPolicy'), errors, false);
    const modes = ['Immediate', 'WaitForFirstConsumer'];
    if (!modes.includes(volumeBindingMode ?? '')) {
      errors.push(fieldNotSupported(FieldPath.root('volumeBindingMode'), volumeBindingMode ?? '', modes));
    }
    validateTopologies(allowedTopologies ?? [], errors);
  },
  declared: struct({
    provisioner: [required, immutable],
    parameters: [immutable],
    reclaimPolicy: [immutable],
    volumeBindingMode: [immutable],
  }),
  warnings: ({ allowedTopologies }) =>
    (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
      (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
        const at = TOPOLOGIES.index(i).child('matchLabelExpressions').index(j).child('key');
        return deprecatedLabel(key) === undefined ? [] : [`${at}: ${deprecatedLabel(key)}`];
      }),
    ),
});

/** @see https://kubernetes.io/docs/concepts/storage/volume-attributes-classes/ */
export const volumeAttributesClassPolicy = ruledPolicy<StorageV1VolumeAttributesClass>({
  resource: 'volumeattributesclasses',
  traits: {
    kind: { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass' },
    namespaced: false,
    returnsDeletedObject: true,
  },
  validate: validateAttributes,
  validateUpdate: (attributes, old, errors) => {
    for (const name of ['driverName', 'parameters']) {
      if (jsonEqual(attributes[name] ?? {}, old[name] ?? {})) continue;
      errors.push(fieldForbidden(FieldPath.root(name), `updates to ${name} are forbidden.`));
    }
    validateAttributes(attributes, errors);
  },
});

function validateAttributes(
  { driverName, parameters }: Readonly<StorageV1VolumeAttributesClass>,
  errors: Errors,
): void {
  const at = FieldPath.root('driverName');
  if (!driverName) errors.push(fieldRequired(at));
  else validateDriver(driverName, at, errors);
  validateParameters(parameters, errors);
  if (Object.keys(parameters ?? {}).length === 0) {
    errors.push(fieldRequired(PARAMETERS, 'must contain at least one key/value pair'));
  }
}

/** Drivers are named like labels, in any case. */
function validateDriver(name: string | undefined, at: FieldPath, errors: Errors): void {
  if (name) validateChecked(name.toLowerCase(), checkQualifiedName, at, errors);
}

function validateParameters(parameters: JsonObject | undefined, errors: Errors): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > PARAMETERS_MAX) {
    errors.push(fieldTooLong(PARAMETERS, PARAMETERS_MAX));
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(fieldInvalid(PARAMETERS, key, 'field can not be empty.'));
    bytes += byteLength(key) + byteLength(String(value));
  }
  if (bytes > PARAMETERS_BYTES_MAX) errors.push(fieldTooLong(PARAMETERS, PARAMETERS_BYTES_MAX));
}

/** Each term once. Terms still to come count as empty ones here, as they do upstream. */
function validateTopologies(terms: readonly CoreV1TopologySelectorTerm[], errors: Errors): void {
  const seen: JsonObject[] = terms.map(() => ({}));
  for (const [i, term] of terms.entries()) {
    const at = TOPOLOGIES.index(i).child('matchLabelExpressions');
    const values = validateTopologyTerm(term, at, errors);
    for (const other of seen) if (jsonEqual(values, other)) errors.push(fieldDuplicate(at, ''));
    seen[i] = values;
  }
}

/** Returns the values by key, in order. */
function validateTopologyTerm(term: CoreV1TopologySelectorTerm, at: FieldPath, errors: Errors): JsonObject {
  const byKey: Record<string, string[]> = {};
  for (const [i, { key = '', values }] of entriesOf(term.matchLabelExpressions)) {
    const here = at.index(i);
    const given = values ?? [];
    if (given.length === 0) errors.push(fieldRequired(here.child('values')));
    const unique = new Set<string>();
    for (const [j, value] of given.entries()) {
      if (unique.has(value)) errors.push(fieldDuplicate(here.child('values').index(j), value));
      unique.add(value);
    }
    validateQualifiedName(key, here.child('key'), errors);
    if (Object.hasOwn(byKey, key)) errors.push(fieldDuplicate(here.child('key'), key));
    byKey[key] = [...unique].sort();
  }
  return byKey;
}
