import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../meta/json.js';
import { addedNode } from './added-sets.js';
import {
  type FieldSet,
  insertNode,
  insertPath,
  isEmptySet,
  type MutableFieldSet,
  recursiveDifference,
} from './field-set.js';
import { type FieldType, formOf, type ListType, type MapType, memberType } from './field-type.js';
import { itemElements } from './list-items.js';
import { fieldElement } from './path-element.js';
import { isEmptyMap } from './typed.js';
import { isUnownable, UNOWNABLE_DEPTH } from './unownable.js';

/** What a change did, field by field. The three sets are disjoint. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export const NO_CHANGES: Comparison = { added: {}, modified: {}, removed: {} };

export function isUnchanged({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed);
}

/** Takes fields, and all that is below them, out of a comparison. */
export function excludeFields(comparison: Comparison, fields: FieldSet | undefined): Comparison {
  if (fields === undefined) return comparison;
  return {
    added: recursiveDifference(comparison.added, fields),
    modified: recursiveDifference(comparison.modified, fields),
    removed: recursiveDifference(comparison.removed, fields),
  };
}

/**
 * Compares two objects of one type, in all that can be owned. Unlike a configuration's field set, an added struct is itself
 * a member here.
 * @throws TypedError where an item of a list has no key
 */
export function compareObjects(before: JsonObject, after: JsonObject, type: FieldType): Comparison {
  const walker = new CompareWalker();
  walker.compare(before, after, type);
  return walker;
}

type Maybe = JsonValue | undefined;

class CompareWalker implements Comparison {
  readonly added: MutableFieldSet = {};
  readonly modified: MutableFieldSet = {};
  readonly removed: MutableFieldSet = {};
  private readonly path: string[] = [];

  compare(before: Maybe, after: Maybe, type: FieldType): void {
    if (before === after) return;
    if (before === undefined && this.path.length >= UNOWNABLE_DEPTH) {
      insertNode(this.added, this.path, addedNode(after!, type));
      return;
    }
    const formBefore = formOf(type, before === undefined ? after : before);
    const formAfter = formOf(type, after === undefined ? before : after);
    let leaf = false;
    // A value that changed its form is looked at in both.
    if (formBefore !== formAfter) this.inForm(formBefore, before, after, type);
    leaf = this.inForm(formAfter, before, after, type);
    if (leaf) return;
    if (before === undefined) insertPath(this.added, this.path);
    else if (after === undefined) insertPath(this.removed, this.path);
  }

  /** Returns whether the value is owned as a whole. */
  private inForm(form: 'map' | 'scalar' | 'list', before: Maybe, after: Maybe, type: FieldType): boolean {
    if (form === 'map') {
      const map = type.map!;
      const old = isJsonObject(before) && !isEmptyMap(before) ? before : undefined;
      const now = isJsonObject(after) && !isEmptyMap(after) ? after : undefined;
      if (map.atomic || (old === undefined && now === undefined)) return this.leaf(before, after);
      this.maps(old ?? {}, now ?? {}, map);
      return false;
    }
    if (form === 'list') {
      const list = type.list!;
      const old = Array.isArray(before) ? before : [];
      const now = Array.isArray(after) ? after : [];
      if (list.atomic || (old.length === 0 && now.length === 0)) return this.leaf(before, after);
      this.lists(old, now, list);
      return false;
    }
    return this.leaf(before, after);
  }

  private leaf(before: Maybe, after: Maybe): true {
    if (before === undefined) insertPath(this.added, this.path);
    else if (after === undefined) insertPath(this.removed, this.path);
    else if (!jsonEqual(before, after)) insertPath(this.modified, this.path);
    return true;
  }

  private maps(before: JsonObject, after: JsonObject, map: MapType): void {
    for (const name in before) {
      const old = before[name];
      const now = Object.hasOwn(after, name) ? after[name] : undefined;
      if (old !== undefined && old !== now) this.member(name, old, now, map);
    }
    for (const name in after) {
      const now = after[name];
      if (now !== undefined && (!Object.hasOwn(before, name) || before[name] === undefined)) {
        this.member(name, undefined, now, map);
      }
    }
  }

  private member(name: string, before: Maybe, after: Maybe, map: MapType): void {
    if (this.path.length < UNOWNABLE_DEPTH && isUnownable(this.path, name)) return;
    const type = memberType(map, name);
    if (type !== undefined) this.below(fieldElement(name), before, after, type);
  }

  private below(element: string, before: Maybe, after: Maybe, type: FieldType): void {
    this.path.push(element);
    this.compare(before, after, type);
    this.path.pop();
  }

  private lists(before: JsonValue[], after: JsonValue[], list: ListType): void {
    const olds = groupItems(before, list);
    const news = groupItems(after, list);
    for (const [element, old] of olds) this.items(element, old, news.get(element) ?? [], list);
    for (const [element, now] of news) if (!olds.has(element)) this.items(element, [], now, list);
  }

  /** Items with the same key: mostly one on each side; several are compared as a whole. */
  private items(element: string, before: JsonValue[], after: JsonValue[], list: ListType): void {
    if (before.length <= 1 && after.length <= 1) {
      this.below(element, before[0], after[0], list.element);
    } else if (before.length > 1 && after.length > 1) {
      if (!jsonEqual(before, after)) insertPath(this.modified, [...this.path, element]);
    } else if (before.length > 1) {
      if (after.length > 0) this.below(element, undefined, after[0], list.element);
      insertPath(this.removed, [...this.path, element]);
    } else {
      if (before.length > 0) this.below(element, before[0], undefined, list.element);
      insertPath(this.added, [...this.path, element]);
    }
  }
}

function groupItems(items: JsonValue[], list: ListType): Map<string, JsonValue[]> {
  const groups = new Map<string, JsonValue[]>();
  itemElements(list, items).forEach((element, i) => {
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [items[i]!]);
    else group.push(items[i]!);
  });
  return groups;
}
