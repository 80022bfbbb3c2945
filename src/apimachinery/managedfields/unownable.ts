import { type FieldSet, insertPath, type MutableFieldSet } from './field-set.js';
import { fieldElement } from './path-element.js';

const SYSTEM_FIELDS = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** What nobody can own: the object's type and the system's part of its metadata. */
export const UNOWNABLE: FieldSet = (() => {
  const set: MutableFieldSet = {};
  for (const name of ['apiVersion', 'kind', 'metadata']) insertPath(set, [fieldElement(name)]);
  for (const name of SYSTEM_FIELDS) insertPath(set, ['f:metadata', fieldElement(name)]);
  return set;
})();

/** Below this depth everything can be owned. */
export const UNOWNABLE_DEPTH = 2;

/** Whether a field at `path` is one that nobody can own, so that a comparison need not look at it. */
export function isUnownable(path: readonly string[], name: string): boolean {
  if (path.length === 0) return name === 'apiVersion' || name === 'kind';
  return path.length === 1 && path[0] === 'f:metadata' && SYSTEM_FIELDS.includes(name);
}
