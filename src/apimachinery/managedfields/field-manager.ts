import { badRequest, StatusError } from '../errors/status-error.js';
import { formatGroupVersion, type GroupVersionKind, parseGroupVersion } from '../meta/group-version.js';
import { isJsonObject, type JsonObject, jsonEqual } from '../meta/json.js';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../meta/object.js';
import type { Schema } from '../schema/schema.js';
import { type Conflict, conflictError } from './conflicts.js';
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  insertPath,
  isEmptySet,
  type MutableFieldSet,
  union,
} from './field-set.js';
import { objectTypeOf } from './field-type.js';
import { allowedByLastApplied, KUBECTL, updateLastApplied } from './last-applied.js';
import { TypedError } from './list-items.js';
import {
  capUpdateOwners,
  changedOwner,
  type Owner,
  type Owners,
  ownerId,
  readOwners,
  timeOf,
  writeOwners,
} from './managers.js';
import { Ownership } from './ownership.js';
import { fieldElement } from './path-element.js';
import { validateTyped } from './typed.js';
import { UNOWNABLE } from './unownable.js';
import { type ResourceVersions, VersionedObjects } from './versions.js';
import { zeroObject } from './zero-object.js';

/** The endpoint a write goes to. */
export interface FieldTarget {
  /** Kind and version of the request's objects. */
  readonly kind: GroupVersionKind;
  /** Schema of that version, with metadata's own fields in it. */
  readonly schema: Schema;
  /** '' for the object itself. */
  readonly subresource: string;
  /** Fields that the endpoint never touches, as dotted paths by API version: Strategy.resetFields(). */
  readonly resetFields: Readonly<Record<string, readonly string[]>>;
  /** Other versions of the resource; absent where it has only one. */
  readonly versions?: ResourceVersions;
}

const BEFORE_FIRST_APPLY = 'before-first-apply';
const UNKNOWN_MANAGER = 'unknown';

/**
 * Keeps metadata.managedFields, and merges what is applied. Pure but for the clock. Objects are in the version of the
 * target and in their stored form: defaulted, with zero values spelled out as answers have them. apiVersion and kind may
 * be absent but in an applied configuration. No argument is changed; results share parts with `object`, never with `live`.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/555-server-side-apply
 */
export class FieldManager {
  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /**
   * After a create, update or patch: the manager comes to own what changed. A request may bring managedFields of its own:
   * malformed ones are passed over, `[]` and `[{}]` clear them, those sent to a subresource do not count.
   * @param live what is stored; undefined on create
   * @returns `object` with its managedFields
   */
  update(live: KubeObject | undefined, object: KubeObject, manager: string, target: FieldTarget): KubeObject {
    const given = object.metadata.managedFields;
    const stored = live?.metadata.managedFields;
    const own = target.subresource === '';
    const owners: Owners = own && isReset(given) ? new Map() : ownersOf(own ? given : undefined, stored);
    if (owners.size === 0 && live?.metadata.uid !== undefined && live.metadata.uid !== '') {
      return withEntries(object, undefined);
    }
    try {
      return withEntries(object, this.updated(live ?? zeroObject(target.schema), object, owners, manager, target));
    } catch (error) {
      // An object that does not fit its schema changes no ownership: validation will speak of it.
      if (!(error instanceof TypedError)) throw error;
      return withEntries(object, stored);
    }
  }

  /**
   * Server-side apply: merges a configuration into the live object and gives its fields to the manager.
   * @param live what is stored; undefined where the apply creates the object
   * @param applied the decoded configuration, with apiVersion and kind
   * @returns the merged object with its managedFields; null stands where a list or map lost its last part
   * @throws StatusError 409 with a cause for each field of another manager, unless forced; 400 for a configuration of another
   *   kind or with managedFields; 500 for one that does not fit the schema
   */
  apply(
    live: KubeObject | undefined,
    applied: KubeObject,
    manager: string,
    force: boolean,
    target: FieldTarget,
  ): KubeObject {
    const owners = readOwners(live?.metadata.managedFields, true);
    if (typeof owners === 'string') throw new StatusError(500, '', `failed to decode managed fields: ${owners}`);
    checkType(applied, target);
    const bare = bareObject(live, target);
    if (live !== undefined && owners.size === 0) this.adopt(bare, owners, target);
    checkConfiguration(applied, target);
    if (live !== undefined) checkLive(bare, target);
    const self = selfOf(manager, 'Apply', target);
    const previousTime = owners.get(ownerId(self))?.time;
    const { object, changed } = this.applied(
      bare,
      applied,
      owners,
      self,
      force,
      target,
      live !== undefined && manager === KUBECTL,
    );
    this.stamp(owners, self, live === undefined || changed, previousTime);
    if (manager === KUBECTL) updateLastApplied(object, applied);
    return withEntries(object, writeOwners(owners));
  }

  /** Gives all that is there to a manager of its own, so that who applies first takes nothing in silence. Changes `owners`. */
  private adopt(live: KubeObject, owners: Owners, target: FieldTarget): void {
    try {
      validateTyped(live, objectTypeOf(target.schema), true);
      this.updated(zeroObject(target.schema), live, owners, BEFORE_FIRST_APPLY, target);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      const fault = `failed to convert new object (${nameOf(live, target)}) to smd typed: ${error.message}`;
      throw new StatusError(500, '', `failed to create manager for existing fields: ${fault}`);
    }
  }

  /**
   * Changes `owners` and returns the entries after an update.
   * @throws TypedError where an object does not fit its schema
   */
  private updated(
    before: JsonObject,
    after: KubeObject,
    owners: Owners,
    manager: string,
    target: FieldTarget,
  ): ManagedFieldsEntry[] | undefined {
    const apiVersion = formatGroupVersion(target.kind);
    const changed = ownershipOf(target).update(owners, { object: before, apiVersion }, { object: after, apiVersion });
    const taken = difference(changed, UNOWNABLE);
    if (!isEmptySet(taken)) {
      const self = selfOf(manager, 'Update', target);
      const id = ownerId(self);
      const previous = owners.get(id);
      const set = previous === undefined ? taken : union(previous.set, taken);
      owners.set(id, { ...self, set, time: timeOf(this.now()) });
    }
    capUpdateOwners(owners);
    return writeOwners(owners);
  }

  /** The merged object. With `upgrade`, conflicts about what client-side apply set are not counted. */
  private applied(
    live: KubeObject,
    applied: KubeObject,
    owners: Owners,
    self: Owner,
    force: boolean,
    target: FieldTarget,
    upgrade: boolean,
  ): { object: KubeObject; changed: boolean } {
    const ownership = ownershipOf(target);
    const before = { object: live, apiVersion: self.apiVersion };
    const run = (forced: boolean) => {
      const state = new Map(owners);
      try {
        return { ...ownership.apply(state, before, applied, self, forced), state };
      } catch (error) {
        throw error instanceof TypedError ? untyped('live', live, target, error) : error;
      }
    };
    let result = run(force);
    if (result.conflicts !== undefined) {
      const left = upgrade ? withoutAllowed(result.conflicts, live, target) : result.conflicts;
      if (left.length > 0) throw conflictError(left);
      result = run(true);
    }
    owners.clear();
    for (const [id, owner] of result.state) owners.set(id, owner);
    const object = result.object as KubeObject;
    // An object that is created by a configuration with a null for its metadata.
    object.metadata ??= {};
    return { object, changed: result.changed === true };
  }

  /** An apply that changed the object moves its manager's time; one that did not leaves the time as it was. */
  private stamp(owners: Owners, self: Owner, changed: boolean, previousTime: string | undefined): void {
    const id = ownerId(self);
    const owner = owners.get(id);
    if (owner === undefined) return;
    const set = difference(owner.set, UNOWNABLE);
    if (isEmptySet(set)) owners.delete(id);
    else owners.set(id, changedOwner(owner, { set, time: changed ? timeOf(this.now()) : previousTime }));
  }
}

function ownershipOf(target: FieldTarget): Ownership {
  const versions = new VersionedObjects(formatGroupVersion(target.kind), target.schema, target.versions);
  return new Ownership(versions, ignoredSets(target.resetFields));
}

/** A strategy gives the same record each time. */
const knownSets = new WeakMap<FieldTarget['resetFields'], ReadonlyMap<string, FieldSet>>();

function ignoredSets(resetFields: FieldTarget['resetFields']): ReadonlyMap<string, FieldSet> {
  const known = knownSets.get(resetFields);
  if (known !== undefined) return known;
  const sets = new Map<string, FieldSet>();
  for (const apiVersion of Object.keys(resetFields)) {
    const set: MutableFieldSet = {};
    for (const path of resetFields[apiVersion]!) insertPath(set, path.split('.').map(fieldElement));
    sets.set(apiVersion, set);
  }
  knownSets.set(resetFields, sets);
  return sets;
}

function selfOf(manager: string, operation: 'Apply' | 'Update', target: FieldTarget): Owner {
  return {
    manager: manager === '' ? UNKNOWN_MANAGER : manager,
    operation,
    apiVersion: formatGroupVersion(target.kind),
    subresource: target.subresource,
    time: undefined,
    set: EMPTY_SET,
  };
}

/** `[]` and `[{}]` ask for managedFields to be cleared. */
function isReset(given: ManagedFieldsEntry[] | undefined): boolean {
  if (!Array.isArray(given)) return false;
  return given.length === 0 || (given.length === 1 && isJsonObject(given[0]) && Object.keys(given[0]).length === 0);
}

/** Owners from the request's managedFields, or else from the stored ones. */
function ownersOf(given: ManagedFieldsEntry[] | undefined, stored: ManagedFieldsEntry[] | undefined): Owners {
  if (given !== undefined && given !== stored && !jsonEqual(given, stored)) {
    const owners = readOwners(given, false);
    if (typeof owners !== 'string' && owners.size > 0) return owners;
  }
  const owners = readOwners(stored, true);
  return typeof owners === 'string' ? new Map() : owners;
}

function withEntries(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  if (object.metadata.managedFields === entries && entries === undefined) return object;
  const metadata: ObjectMeta = { ...object.metadata };
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = entries;
  return { ...object, metadata };
}

/** The live object without managedFields and with its kind, so that it compares with what is merged into it. */
function bareObject(live: KubeObject | undefined, target: FieldTarget): KubeObject {
  const object = live === undefined ? { metadata: {} } : withEntries(live, undefined);
  return { apiVersion: formatGroupVersion(target.kind), kind: target.kind.kind, ...object };
}

/** @throws StatusError 400 */
function checkType(applied: KubeObject, { kind: wanted }: FieldTarget): void {
  const apiVersion: unknown = applied.apiVersion;
  const version = typeof apiVersion === 'string' ? parseGroupVersion(apiVersion) : { group: '', version: '' };
  const given: unknown = applied.kind;
  const kind = typeof given === 'string' && version !== undefined ? given : '';
  const { group, version: name } = version ?? { group: '', version: '' };
  if (group !== wanted.group || name !== wanted.version || kind !== wanted.kind) {
    throw badRequest(`invalid object type: ${group}/${name}, Kind=${kind}`);
  }
}

/** @throws StatusError 400 for managedFields, 500 where it does not fit the schema */
function checkConfiguration(applied: KubeObject, target: FieldTarget): void {
  if (Array.isArray(applied.metadata?.managedFields)) throw badRequest('metadata.managedFields must be nil');
  checkTyped('patch', applied, target, false);
}

/** What was stored may have come to misfit, or never fitted: keys of list items are not required everywhere. */
function checkLive(live: KubeObject, target: FieldTarget): void {
  checkTyped('live', live, target, true);
}

function checkTyped(what: 'patch' | 'live', object: KubeObject, target: FieldTarget, duplicates: boolean): void {
  try {
    validateTyped(object, objectTypeOf(target.schema), duplicates);
  } catch (error) {
    throw error instanceof TypedError ? untyped(what, object, target, error) : error;
  }
}

/** `namespace/name; group/version, Kind=kind`. */
function nameOf(object: KubeObject, { kind }: FieldTarget): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { namespace, name } = object.metadata ?? {};
  return `${text(namespace)}/${text(name)}; ${kind.group}/${kind.version}, Kind=${kind.kind}`;
}

/** 500, as upstream has it for objects that do not fit their schema. */
function untyped(what: 'patch' | 'live', object: KubeObject, target: FieldTarget, error: TypedError): StatusError {
  return new StatusError(
    500,
    '',
    `failed to create typed ${what} object (${nameOf(object, target)}): ${error.message}`,
  );
}

function withoutAllowed(conflicts: readonly Conflict[], live: KubeObject, target: FieldTarget): Conflict[] {
  const allowed = allowedByLastApplied(live, formatGroupVersion(target.kind), objectTypeOf(target.schema));
  if (allowed === undefined) return [...conflicts];
  return conflicts
    .map(({ owner, fields }) => ({ owner, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}
