import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1035Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type { StoragemigrationV1StorageVersionMigration } from '../../apis/types.gen.js';
import { validateConditions } from '../generic/condition-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

type Migration = StoragemigrationV1StorageVersionMigration;

const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

const has = (migration: Readonly<Migration>, type: string): boolean =>
  (migration.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

/** What a live object can have: unlike in lists and watches, zero is none. */
const RESOURCE_VERSION = /^[1-9][0-9]*$/;

/** A migration ends once, one way, and then stays as it is. */
function validateStatus(migration: Readonly<Migration>, old: Readonly<Migration>, errors: Errors): void {
  const at = STATUS.child('conditions');
  const conditions = migration.status?.conditions ?? [];
  const version = migration.status?.resourceVersion ?? '';
  const before = old.status?.resourceVersion ?? '';
  const versionAt = STATUS.child('resourceVersion');
  if (version !== '' && !RESOURCE_VERSION.test(version)) {
    errors.push(fieldInvalid(versionAt, version, `resource version is not well formed: ${version}`));
  }
  validateConditions(conditions, at, errors);
  if (before !== '' && before !== version) errors.push(fieldInvalid(versionAt, version, IMMUTABLE_TEXT));
  const refuse = (text: string) => errors.push(fieldInvalid(at, conditions, text));
  const [succeeded, failed] = [has(migration, 'Succeeded'), has(migration, 'Failed')];
  const running = has(migration, 'Running');
  if (succeeded && failed) refuse('Both success and failed conditions cannot be true at the same time');
  if (succeeded && running) refuse('Running condition cannot be true when success condition is true');
  if (failed && running) refuse('Running condition cannot be true when failed condition is true');
  if (has(old, 'Succeeded') && !succeeded) refuse('Success condition cannot be set to false once it is true');
  if (has(old, 'Failed') && !failed) refuse('Failed condition cannot be set to false once it is true');
}

function validateSpec({ spec }: Readonly<Migration>, errors: Errors): void {
  const { group, resource } = spec?.resource ?? {};
  const at = SPEC.child('resource');
  const faults = resource ? checkDns1035Label(resource) : [];
  if (!resource) errors.push(fieldRequired(at.child('resource'), 'resource is required to be set'));
  else if (faults.length > 0) errors.push(fieldInvalid(at.child('resource'), resource, faults.join(',')));
  const groupFaults = group ? checkDns1123Subdomain(group) : [];
  if (group && groupFaults.length > 0) errors.push(fieldInvalid(at.child('group'), group, groupFaults.join(',')));
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
  validate: validateSpec,
  validateUpdate: (migration, old, errors) => {
    validateSpec(migration, errors);
    const { spec } = migration;
    if (jsonEqual(spec, old.spec)) return;
    const { group, resource } = spec?.resource ?? {};
    const shown = { Resource: { group: group ?? '', resource: resource ?? '' } };
    errors.push(fieldInvalid(SPEC, shown, IMMUTABLE_TEXT));
  },
  validateStatus,
});

export const storageMigrationPolicies: readonly KindPolicy[] = [storageVersionMigrationPolicy];
