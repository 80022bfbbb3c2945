import type { JsonObject } from '../meta/json.js';
import { isShared } from './shared-sets.js';

/**
 * A set of field paths as FieldsV1 writes it: a trie whose edges are path elements (`f:name`, `k:{"name":"a"}`, `v:"x"`,
 * `i:0`). A path is a member where its node has a `.` or no children. The JSON is worked on as it is, so that sets need
 * no decoding; nodes are shared between sets and never changed once built.
 *
 * The root stands for the whole object and is never a member: `{}` is the empty set.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#System
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A set under construction. */
export interface MutableFieldSet {
  [element: string]: FieldSet;
}

export const EMPTY_SET: FieldSet = Object.freeze({});
/** A member without children. */
export const LEAF: FieldSet = Object.freeze({});
const SELF = '.';

export function isEmptySet(set: FieldSet): boolean {
  for (const element in set) if (element !== SELF) return false;
  return true;
}

/** For a node below the root: whether the path that leads to it is a member. */
export function isMember(node: FieldSet): boolean {
  if (node[SELF] !== undefined) return true;
  for (const _ in node) return false;
  return true;
}

/** The node as a member: `undefined` stands for a path that is not in the set at all. */
export function withMember(node: FieldSet | undefined): FieldSet {
  if (node === undefined) return LEAF;
  return isMember(node) ? node : { [SELF]: LEAF, ...node };
}

/** Builds a node; undefined where nothing is left of it. */
function nodeOf(member: boolean, children: MutableFieldSet): FieldSet | undefined {
  for (const _ in children) return member ? { [SELF]: LEAF, ...children } : children;
  return member ? LEAF : undefined;
}

/** Adds a path to a set under construction, whose nodes on the way are its own. */
export function insertPath(root: MutableFieldSet, path: readonly string[]): void {
  insertNode(root, path, LEAF);
}

/** Adds a path as a member, with all that the given node holds. @see insertPath */
export function insertNode(root: MutableFieldSet, path: readonly string[], added: FieldSet): void {
  let node = root;
  const last = path.length - 1;
  for (let i = 0; i < last; i++) {
    const element = path[i]!;
    let next = node[element] as MutableFieldSet | undefined;
    if (next === undefined) {
      next = {};
      node[element] = next;
    } else if (next === LEAF) {
      next = { [SELF]: LEAF };
      node[element] = next;
    }
    node = next;
  }
  if (last < 0) return;
  const element = path[last]!;
  const there = node[element] as MutableFieldSet | undefined;
  if (there === undefined) node[element] = added;
  else if (added !== LEAF) node[element] = unionNode(there, added);
  else if (!isMember(there)) there[SELF] = LEAF;
}

/** Returns `a` itself where `b` adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let out: MutableFieldSet | undefined;
  for (const element in b) {
    if (element === SELF) continue;
    const mine = a[element];
    const joined = mine === undefined ? b[element]! : unionNode(mine, b[element]!);
    if (joined !== mine) {
      out ??= { ...a };
      out[element] = joined;
    }
  }
  return out ?? a;
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  const joined = union(a, b);
  if (!isMember(a) && !isMember(b)) return joined;
  if (joined === a) return withMember(a);
  return joined[SELF] === undefined ? { [SELF]: LEAF, ...joined } : joined;
}

/** Members of `a` that are not members of `b`; children of what goes stay. Returns `a` itself where nothing goes. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return differenceChildren(a, b, false) ?? EMPTY_SET;
}

/** As {@link difference}, but whatever lies below a member of `b` goes with it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return differenceChildren(a, b, true) ?? EMPTY_SET;
}

function differenceChildren(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet | undefined {
  let out: MutableFieldSet | undefined;
  for (const element in b) {
    const mine = element === SELF ? undefined : a[element];
    if (mine === undefined) continue;
    const left = differenceNode(mine, b[element]!, recursive);
    if (left === mine) continue;
    out ??= { ...a };
    if (left === undefined) delete out[element];
    else out[element] = left;
  }
  return out ?? a;
}

function differenceNode(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet | undefined {
  const removed = isMember(b);
  if (removed && recursive) return undefined;
  const children = differenceChildren(a, b, recursive)!;
  const member = isMember(a) && !removed;
  if (children === a && member === isMember(a)) return a;
  const { [SELF]: _, ...rest } = children as MutableFieldSet;
  return nodeOf(member, rest);
}

/** Members of both; undefined where there is none. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const out = intersectChildren(a, b);
  for (const _ in out) return out;
  return undefined;
}

function intersectChildren(a: FieldSet, b: FieldSet): MutableFieldSet {
  const out: MutableFieldSet = {};
  for (const element in b) {
    const mine = element === SELF ? undefined : a[element];
    if (mine === undefined) continue;
    const both = nodeOf(isMember(mine) && isMember(b[element]!), intersectChildren(mine, b[element]!));
    if (both !== undefined) out[element] = both;
  }
  return out;
}

/** Whether every member of `a` is a member of `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  for (const element in a) {
    if (element === SELF) continue;
    const theirs = b[element];
    if (theirs === undefined) return false;
    const mine = a[element]!;
    if (mine === theirs) continue;
    if (isMember(mine) && !isMember(theirs)) return false;
    if (!isSubset(mine, theirs)) return false;
  }
  return true;
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return isSubset(a, b) && isSubset(b, a);
}

/** Members in upstream's order: a node's own children that are members first, then what lies below each child. */
export function forEachPath(
  set: FieldSet,
  visit: (path: readonly string[]) => void,
  prefix: readonly string[] = [],
): void {
  const elements = sortedElements(set);
  for (const element of elements) if (isMember(set[element]!)) visit([...prefix, element]);
  for (const element of elements) forEachPath(set[element]!, visit, [...prefix, element]);
}

/** The set with the elements of every node in upstream's order, ready to be written. Returns it itself where they are. */
export function sortedSet(set: FieldSet): FieldSet {
  return isSorted(set) ? set : sortedCopy(set);
}

function isSorted(set: FieldSet): boolean {
  if (set === LEAF || isShared(set)) return true;
  let previous = '';
  for (const element in set) {
    if (element === SELF) {
      if (previous !== '') return false;
    } else {
      if (previous !== '' && previous !== SELF && compareElements(previous, element) > 0) return false;
      if (!isSorted(set[element]!)) return false;
    }
    previous = element;
  }
  return true;
}

function sortedCopy(set: FieldSet): FieldSet {
  const out: MutableFieldSet = set[SELF] === undefined ? {} : { [SELF]: LEAF };
  for (const element of sortedElements(set)) out[element] = sortedSet(set[element]!);
  return out;
}

function sortedElements(set: FieldSet): string[] {
  const elements: string[] = [];
  let sorted = true;
  for (const element in set) {
    if (element === SELF) continue;
    if (sorted && elements.length > 0 && compareElements(elements[elements.length - 1]!, element) > 0) sorted = false;
    elements.push(element);
  }
  return sorted ? elements : elements.sort(compareElements);
}

/** Field names come first, then keys, then values, then indices. */
const KIND_ORDER = 'fkvi';

/** Upstream's order of elements: above, below or equal to 0. */
export function compareElements(a: string, b: string): number {
  if (a[0] !== b[0]) return KIND_ORDER.indexOf(a[0]!) - KIND_ORDER.indexOf(b[0]!);
  if (a[0] === 'f') return a < b ? -1 : a > b ? 1 : 0;
  const order = compareSimpleKeys(a, b);
  if (order !== undefined) return order;
  if (a[0] === 'k') return compareKeys(JSON.parse(a.slice(2)) as JsonObject, JSON.parse(b.slice(2)) as JsonObject);
  return compareScalars(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

/** `k:{"name":"a"}`: one key of plain text, as most lists have it. */
const SIMPLE_KEY = /^k:\{"([A-Za-z]+)":"([^"\\]*)"\}$/;

/** The order of two keys that need no parsing; undefined where they do. */
function compareSimpleKeys(a: string, b: string): number | undefined {
  const mine = SIMPLE_KEY.exec(a);
  const theirs = mine === null ? null : SIMPLE_KEY.exec(b);
  if (mine === null || theirs === null || mine[1] !== theirs[1]) return undefined;
  return mine[2]! < theirs[2]! ? -1 : mine[2]! > theirs[2]! ? 1 : 0;
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const names = Object.keys(a);
  const others = Object.keys(b);
  for (let i = 0; i < Math.min(names.length, others.length); i++) {
    if (names[i] !== others[i]) return names[i]! < others[i]! ? -1 : 1;
    const order = compareScalars(a[names[i]!], b[names[i]!]);
    if (order !== 0) return order;
  }
  return names.length - others.length;
}

const TYPE_ORDER = ['number', 'string', 'boolean'];

function compareScalars(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return TYPE_ORDER.indexOf(typeof a) - TYPE_ORDER.indexOf(typeof b);
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}
