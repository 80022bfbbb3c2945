import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { StoragemigrationV1StorageVersionMigration } from '../../apis/types.gen.js';
import { type CrdCondition, type CustomResourceDefinition, withCondition } from '../../registry/apiextensions/crd.js';

export type Migration = StoragemigrationV1StorageVersionMigration & KubeObject;
export type Outcome = 'Succeeded' | 'Failed';

type Condition = NonNullable<NonNullable<Migration['status']>['conditions']>[number];

const REASONS: Readonly<Record<Outcome, string>> = {
  Succeeded: 'StorageVersionMigrationSucceeded',
  Failed: 'StorageVersionMigrationFailed',
};
/** On a definition while its objects are migrated. */
const STORAGE_MIGRATING = 'StorageMigrating';

export function isTrue(migration: Readonly<Migration>, type: 'Running' | Outcome): boolean {
  return (migration.status?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === 'True',
  );
}

export function isOver(migration: Readonly<Migration>): boolean {
  return isTrue(migration, 'Succeeded') || isTrue(migration, 'Failed');
}

/** The oldest first; names settle ties. */
export function byAge(a: Readonly<Migration>, b: Readonly<Migration>): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name ?? ''}`);
  return left! < right! ? -1 : 1;
}

/** `deployments.apps`: migrations of one resource take turns. */
export function resourceKey({ spec }: Readonly<Migration>): string {
  const { group, resource } = spec?.resource ?? {};
  return `${resource ?? ''}.${group ?? ''}`;
}

/** @param nowMs since the epoch */
export function started(migration: Readonly<Migration>, nowMs: number): Migration {
  return withConditions(migration, nowMs, ['Running', 'True', 'MigrationRunning', 'The migration is running']);
}

export function ended(migration: Readonly<Migration>, nowMs: number, outcome: Outcome, message: string): Migration {
  return withConditions(
    migration,
    nowMs,
    ['Running', 'False', 'MigrationCompleted', 'The migration has completed'],
    [outcome, 'True', REASONS[outcome], message],
  );
}

type Change = readonly [type: string, status: Condition['status'], reason: string, message: string];

function withConditions(migration: Readonly<Migration>, nowMs: number, ...changes: readonly Change[]): Migration {
  const time = formatTime(Math.floor(nowMs / 1000));
  const conditions: Condition[] = [...(migration.status?.conditions ?? [])];
  for (const [type, status, reason, message] of changes) {
    const at = conditions.findIndex((each) => each.type === type);
    // What never ran has nothing to end.
    if (at < 0 && status === 'False') continue;
    const kept = conditions[at]?.status === status ? conditions[at]?.lastTransitionTime : undefined;
    conditions.splice(at < 0 ? conditions.length : at, at < 0 ? 0 : 1, {
      type,
      status,
      lastTransitionTime: kept ?? time,
      reason,
      message,
    });
  }
  return { ...migration, status: { ...migration.status, conditions } };
}

/** The definition with the mark that its objects are being migrated, for the generation that they are migrated to. */
export function withMigrationStarted(
  crd: Readonly<CustomResourceDefinition>,
  name: string,
  nowMs: number,
): CustomResourceDefinition {
  return withMark(crd, nowMs, 'True', 'MigrationRunning', `Migration ${name} is running`);
}

/**
 * The definition with the mark that the migration is over. When it succeeded, and nobody changed the definition meanwhile, objects are stored
 * in its storage version only. A migration that failed may have left some in others, so those stay on the list.
 */
export function withMigrationEnded(
  crd: Readonly<CustomResourceDefinition>,
  outcome: Outcome,
  nowMs: number,
): CustomResourceDefinition {
  if (outcome === 'Failed') return withMark(crd, nowMs, 'False', 'MigrationFailed', 'The migration has failed');
  const mark = crd.status?.conditions?.find(({ type }) => type === STORAGE_MIGRATING);
  const unchanged = mark !== undefined && mark.observedGeneration === crd.metadata.generation;
  const more = unchanged
    ? ' and the stored versions have been updated'
    : ' but the stored versions have not been updated due to a generation mismatch';
  const marked = withMark(crd, nowMs, 'False', 'MigrationSucceeded', `The migration has succeeded${more}`);
  const storage = crd.spec.versions.find((version) => version.storage)?.name;
  if (!unchanged || storage === undefined) return marked;
  return { ...marked, status: { ...marked.status!, storedVersions: [storage] } };
}

function withMark(
  crd: Readonly<CustomResourceDefinition>,
  nowMs: number,
  status: string,
  reason: string,
  message: string,
): CustomResourceDefinition {
  const time = formatTime(Math.floor(nowMs / 1000));
  const { generation } = crd.metadata;
  const conditions = withCondition(
    crd.status?.conditions,
    { type: STORAGE_MIGRATING, status, reason, message },
    time,
  ).map(
    (each): CrdCondition =>
      each.type === STORAGE_MIGRATING && generation !== undefined ? { ...each, observedGeneration: generation } : each,
  );
  const names = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  return { ...crd, status: { ...crd.status, acceptedNames: names, conditions } };
}
