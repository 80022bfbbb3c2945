import { jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type { StoragemigrationV1StorageVersionMigration } from '../../apis/types.gen.js';
import { validateConditions } from '../generic/condition-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

type Migration = StoragemigrationV1StorageVersionMigration;

const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const RESULTS = ['Succeeded', 'Failed'];

const has = (migration: Readonly<Migration>, type: string): boolean =>
  (migration.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

/** A migration ends once, one way, and then stays as it is. */
function validateStatus(migration: Readonly<Migration>, old: Readonly<Migration>, errors: Errors): void {
  const at = STATUS.child('conditions');
  const conditions = migration.status?.conditions ?? [];
  validateConditions(conditions, at, errors);
  const version = migration.status?.resourceVersion ?? '';
  const before = old.status?.resourceVersion ?? '';
  const versionAt = STATUS.child('resourceVersion');
  if (version !== '' && !/^(0|[1-9][0-9]*)$/.test(version)) {
    errors.push(fieldInvalid(versionAt, version, 'resource version is not well formed'));
  }
  if (before !== '' && before !== version) errors.push(fieldInvalid(versionAt, version, IMMUTABLE_TEXT));
  if (RESULTS.every((type) => has(migration, type))) {
    errors.push(fieldInvalid(at, conditions, 'Both success and failed conditions cannot be true at the same time'));
  }
  if (has(migration, 'Running') && RESULTS.some((type) => has(migration, type))) {
    const text = 'Running condition cannot be true when success/failed condition is true';
    errors.push(fieldInvalid(at, conditions, text));
  }
  for (const [type, text] of [
    ['Succeeded', 'Success condition cannot be set to false once it is true'],
    ['Failed', 'Failed condition cannot be set to false once it is true'],
  ] as const) {
    if (has(old, type) && !has(migration, type)) errors.push(fieldInvalid(at, conditions, text));
  }
}

/** @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/storage-version-migration/ */
export const storageVersionMigrationPolicy = ruledPolicy<Migration>({
  resource: 'storageversionmigrations',
  traits: {
    kind: { group: 'storagemigration.k8s.io', version: 'v1', kind: 'StorageVersionMigration' },
    namespaced: false,
    hasStatus: true,
    statusKeepsMetadata: true,
    allowUnconditionalUpdate: false,
  },
  validate: ({ spec }, errors) => {
    const { group, resource } = spec?.resource ?? {};
    const at = SPEC.child('resource');
    if (group) validateChecked(group, checkDns1123Subdomain, at.child('group'), errors);
    if (!resource) errors.push(fieldRequired(at.child('resource'), 'resource is required to be set'));
    else validateChecked(resource, checkDns1123Subdomain, at.child('resource'), errors);
  },
  validateUpdate: ({ spec }, old, errors) => {
    if (jsonEqual(spec, old.spec)) return;
    const { group, resource } = spec?.resource ?? {};
    const shown = { Resource: { group: group ?? '', resource: resource ?? '' } };
    errors.push(fieldInvalid(SPEC, shown, IMMUTABLE_TEXT));
  },
  validateStatus,
});

export const storageMigrationPolicies: readonly KindPolicy[] = [storageVersionMigrationPolicy];
