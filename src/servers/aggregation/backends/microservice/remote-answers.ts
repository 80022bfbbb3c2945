import { isJsonObject } from '../../../../apimachinery/meta/json.js';
import type { KubeObject } from '../../../../apimachinery/meta/object.js';
import type { BackendWatchEvent } from '../../../../backend/protocol.js';

/** What backends answer is read here, and believed nowhere before. */

export interface RemoteList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

/** An object without its type, which the definition knows; undefined for anything that is none. */
export function bareObject(value: unknown): KubeObject | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return undefined;
  const { name, namespace = '', resourceVersion = '', labels = {} } = value['metadata'];
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof resourceVersion !== 'string')
    return undefined;
  if (!isJsonObject(labels) || Object.values(labels).some((label) => typeof label !== 'string')) return undefined;
  const { apiVersion: _apiVersion, kind: _kind, ...bare } = value;
  return bare as KubeObject;
}

/** The parts of an answer to a list as one; else what is wrong with it. */
export function readList(parts: readonly unknown[]): RemoteList | string {
  const items: KubeObject[] = [];
  let metadata: Record<string, unknown> = {};
  if (parts.length === 0) return 'nothing';
  for (const part of parts) {
    if (!isJsonObject(part) || !Array.isArray(part['items'])) return 'no list';
    for (const item of part['items']) {
      const object = bareObject(item);
      if (object === undefined) return 'an item that is no object';
      items.push(object);
    }
    if (isJsonObject(part['metadata'])) metadata = { ...metadata, ...part['metadata'] };
  }
  const { resourceVersion = '', continue: continueToken = '', remainingItemCount } = metadata;
  if (typeof resourceVersion !== 'string' || !/^[0-9]*$/.test(resourceVersion))
    return 'a resourceVersion that is no number';
  if (typeof continueToken !== 'string') return 'a continue that is no text';
  const remaining = typeof remainingItemCount === 'number' ? remainingItemCount : undefined;
  return { items, resourceVersion, continueToken, remainingItemCount: remaining };
}

const TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/** Undefined for anything that is no event with a version. */
export function readEvent(value: unknown): (BackendWatchEvent & { readonly revision: number }) | undefined {
  if (!isJsonObject(value) || !TYPES.includes(value['type'])) return undefined;
  const type = value['type'] as BackendWatchEvent['type'];
  const { object } = value;
  const version = isJsonObject(object) && isJsonObject(object['metadata']) ? object['metadata']['resourceVersion'] : '';
  if (typeof version !== 'string' || !/^[0-9]+$/.test(version)) return undefined;
  const revision = Number(version);
  if (type === 'BOOKMARK') return { type, object: object as KubeObject, revision };
  const bare = bareObject(object);
  if (bare === undefined) return undefined;
  const previous = bareObject(value['previous']);
  return { type, object: bare, revision, ...(previous && { previous }) };
}
