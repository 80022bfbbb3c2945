import { type JsonObject, jsonEqual } from '../meta/json.js';
import { type Comparison, compareObjects, excludeFields, isUnchanged, NO_CHANGES } from './compare.js';
import type { Conflict } from './conflicts.js';
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  isSubset,
  recursiveDifference,
  union,
} from './field-set.js';
import { type FieldType, objectTypeOf } from './field-type.js';
import { changedOwner, type Owner, type Owners, ownerId } from './managers.js';
import { mergeObjects } from './merge.js';
import { reconcileWithSchema, removeItems, withNamedFields } from './remove-items.js';
import { fieldSetOf } from './typed.js';
import type { VersionedObjects } from './versions.js';

/** An object in one API version. */
export interface Versioned {
  readonly object: JsonObject;
  readonly apiVersion: string;
}

/** The rules of ownership over one resource, in whatever versions its owners wrote. */
export class Ownership {
  constructor(
    private readonly versions: VersionedObjects,
    /** Fields that the request's endpoint never touches, by version. */
    private readonly ignored: ReadonlyMap<string, FieldSet>,
  ) {}

  /**
   * Gives what an update changed to `self` and takes it from all others. Changes `owners`.
   * @returns the set that the update itself took; empty where it took nothing
   * @throws TypedError where an object does not fit its schema
   */
  update(owners: Owners, before: Versioned, after: Versioned): FieldSet {
    const type = this.typeOf(after.apiVersion)!;
    const comparison = compareObjects(before.object, after.object, type);
    if (isUnchanged(comparison)) {
      for (const [id, owner] of owners) if (this.typeOf(owner.apiVersion) === undefined) owners.delete(id);
      return {};
    }
    this.reconcile(owners);
    const own = excludeFields(comparison, this.ignored.get(after.apiVersion));
    const { changes } = this.effects(owners, undefined, before, after, own);
    this.settle(owners, changes);
    return union(own.modified, own.added);
  }

  /**
   * Merges an applied configuration, removes what its owner no longer applies and nobody else owns, and gives its fields
   * to `self` (whose set does not count). Changes `owners`.
   * @returns the new object and whether it differs from the live one, or the conflicts that forbid it
   */
  apply(owners: Owners, live: Versioned, applied: JsonObject, self: Owner, force: boolean) {
    const { apiVersion } = live;
    const type = this.typeOf(apiVersion)!;
    this.reconcile(owners);
    const merged = mergeObjects(live.object, applied, type);
    const id = ownerId(self);
    const last = owners.get(id);
    let set = fieldSetOf(applied, type);
    const ignored = this.ignored.get(apiVersion);
    if (ignored !== undefined) set = recursiveDifference(set, ignored);
    owners.set(id, { ...self, set });
    const object = last === undefined ? merged : this.prune({ object: merged, apiVersion }, owners, last);
    const after = { object, apiVersion };
    const changed = !jsonEqual(live.object, object);
    if (changed && owners.size > 1) {
      const own = excludeFields(compareObjects(live.object, object, type), ignored);
      const { changes, conflicts } = this.effects(owners, id, live, after, own);
      if (!force && conflicts.length > 0) return { conflicts };
      this.settle(owners, changes);
    }
    if (isEmptySet(set)) owners.delete(id);
    return { object, changed };
  }

  private typeOf(apiVersion: string): FieldType | undefined {
    const schema = this.versions.schemaOf(apiVersion);
    return schema === undefined ? undefined : objectTypeOf(schema);
  }

  /** Drops owners of versions that are gone, and follows schemas that came to own something as a whole. */
  private reconcile(owners: Owners): void {
    for (const [id, owner] of owners) {
      const type = this.typeOf(owner.apiVersion);
      if (type === undefined) {
        owners.delete(id);
        continue;
      }
      const set = reconcileWithSchema(owner.set, type);
      if (set !== owner.set) owners.set(id, changedOwner(owner, { set }));
    }
  }

  /** What a change means for every owner but `self`. `own` is the change in the version of the request. */
  private effects(owners: Owners, self: string | undefined, before: Versioned, after: Versioned, own: Comparison) {
    const changes: { id: string; lost: FieldSet }[] = [];
    const conflicts: Conflict[] = [];
    const seen = new Map<string, Seen>([[after.apiVersion, seenOf(own)]]);
    for (const [id, owner] of owners) {
      if (id === self) continue;
      let change = seen.get(owner.apiVersion);
      if (change === undefined) {
        change = seenOf(this.compareIn(owner.apiVersion, before, after));
        seen.set(owner.apiVersion, change);
      }
      const touched = intersection(owner.set, change.set);
      if (touched !== undefined) {
        conflicts.push({ owner, fields: touched });
        changes.push({ id, lost: touched });
      }
      if (!isEmptySet(change.removed)) changes.push({ id, lost: change.removed });
    }
    return { changes, conflicts };
  }

  private compareIn(apiVersion: string, before: Versioned, after: Versioned): Comparison {
    const type = this.typeOf(apiVersion);
    if (type === undefined) return NO_CHANGES;
    const old = this.versions.convert(before.object, before.apiVersion, apiVersion);
    const now = this.versions.convert(after.object, after.apiVersion, apiVersion);
    return excludeFields(compareObjects(old, now, type), this.ignored.get(apiVersion));
  }

  private settle(owners: Owners, changes: readonly { id: string; lost: FieldSet }[]): void {
    for (const { id, lost } of changes) {
      const owner = owners.get(id);
      if (owner === undefined) continue;
      const set = difference(owner.set, lost);
      if (isEmptySet(set)) owners.delete(id);
      else if (set !== owner.set) owners.set(id, changedOwner(owner, { set }));
    }
  }

  /** Removes from a merged object what its applier owned last and nobody owns now. `owners` has the new set already. */
  private prune(merged: Versioned, owners: Owners, last: Owner): JsonObject {
    const type = this.typeOf(last.apiVersion);
    if (isEmptySet(last.set) || type === undefined) return merged.object;
    const owned = new Map<string, FieldSet>();
    for (const { apiVersion, set } of owners.values()) owned.set(apiVersion, union(owned.get(apiVersion) ?? {}, set));
    // Nothing is given up: the common case of applying the same, or more, again.
    if (isSubset(last.set, owned.get(last.apiVersion) ?? {})) return merged.object;
    const version = last.apiVersion;
    const whole = this.versions.convert(merged.object, merged.apiVersion, version);
    const lastSet = withNamedFields(last.set, type);
    let pruned = removeItems(whole, lastSet, type);
    // The version of the last set comes first, so that what conversion needs is there again.
    const order = [version, ...[...owned.keys()].filter((other) => other !== version)];
    let state: Versioned = { object: pruned, apiVersion: version };
    for (const apiVersion of order) {
      const set = owned.get(apiVersion);
      if (set !== undefined) state = this.addBackOwned({ object: whole, apiVersion: version }, state, apiVersion, set);
    }
    pruned = this.versions.convert(state.object, state.apiVersion, version);
    const gone = difference(namedSetOf(whole, type), namedSetOf(pruned, type));
    const kept = removeItems(whole, intersection(gone, lastSet) ?? {}, type);
    return this.versions.convert(kept, version, merged.apiVersion);
  }

  /** Brings back what an owner in `apiVersion` still owns. */
  private addBackOwned(merged: Versioned, pruned: Versioned, apiVersion: string, owned: FieldSet): Versioned {
    const type = this.typeOf(apiVersion);
    if (type === undefined) return pruned;
    const whole = this.versions.convert(merged.object, merged.apiVersion, apiVersion);
    const left = this.versions.convert(pruned.object, pruned.apiVersion, apiVersion);
    const stays = union(namedSetOf(left, type), withNamedFields(owned, type));
    return { object: removeItems(whole, difference(namedSetOf(whole, type), stays), type), apiVersion };
  }
}

/** A change as other owners meet it: what it set, and what it removed. */
interface Seen {
  readonly set: FieldSet;
  readonly removed: FieldSet;
}

function seenOf({ modified, added, removed }: Comparison): Seen {
  return { set: union(modified, added), removed };
}

function namedSetOf(object: JsonObject, type: FieldType): FieldSet {
  return withNamedFields(fieldSetOf(object, type), type);
}
