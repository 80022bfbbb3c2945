import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { goJsonSyntaxError } from '../../apimachinery/runtime/go-json-syntax.js';
import { parseJson } from '../../apimachinery/runtime/json.js';
import { encodeContent } from '../content.js';
import type { CollectionOptions, Revision } from '../storage.js';

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** What a stored value turned out to be. */
export type StoredValue = { readonly object: KubeObject } | { readonly fault: string };

/**
 * Looks at a value that comes out of the database: nobody knows what became of it there. Everything that relies on metadata may rely on
 * what passes here; of the rest, the collection may know what it should be.
 */
export function readStoredValue(
  value: Buffer,
  namespace: string,
  name: string,
  faultOfType?: CollectionOptions['faultOf'],
): StoredValue {
  if (!isUtf8(value)) return { fault: 'invalid UTF-8' };
  let json: JsonValue;
  try {
    json = JSON.parse(value.toString()) as JsonValue;
  } catch {
    // The engine's own message quotes the text, which may be secret.
    return { fault: goJsonSyntaxError(value) ?? 'invalid JSON' };
  }
  if (!isJsonObject(json)) return { fault: 'not a JSON object' };
  const { metadata } = json;
  if (!isJsonObject(metadata)) return { fault: 'no metadata' };
  const object = json as unknown as KubeObject;
  let fault = faultOf(metadata) ?? foreignness(metadata, namespace, name);
  if (fault !== undefined || faultOfType === undefined) return fault === undefined ? { object } : { fault };
  fault = faultOfType(object);
  // Long integers lose digits above, and may have left their range.
  if (fault !== undefined) fault = faultOfType(parseJson(value.toString()) as KubeObject);
  return fault === undefined ? { object } : { fault };
}

/** The value as the writer would have written it: what somebody put into the database by hand may be spelled otherwise. */
export function inWrittenForm(value: Buffer, object: KubeObject, revision: Revision): Buffer {
  const asWritten =
    value[0] === OPENING_BRACE &&
    value[value.length - 1] === CLOSING_BRACE &&
    object.metadata.resourceVersion === String(revision) &&
    object.kind === undefined;
  if (asWritten) return value;
  const exact = parseJson(value.toString()) as KubeObject;
  return Buffer.from(encodeContent(exact, { labels: {}, fields: {} }).text(revision));
}

function faultOf(metadata: JsonObject): string | undefined {
  for (const field of ['labels', 'annotations'] as const) {
    const value = metadata[field];
    if (value !== undefined && !isTextMap(value)) return `metadata.${field} is no map of strings`;
  }
  const { finalizers, ownerReferences } = metadata;
  if (finalizers !== undefined && !(Array.isArray(finalizers) && finalizers.every(isText))) {
    return 'metadata.finalizers is no list of strings';
  }
  if (ownerReferences !== undefined && !(Array.isArray(ownerReferences) && ownerReferences.every(isJsonObject))) {
    return 'metadata.ownerReferences is no list of objects';
  }
  for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp'] as const) {
    const value = metadata[field];
    if (value !== undefined && !isText(value)) return `metadata.${field} is no string`;
  }
  return undefined;
}

function foreignness(metadata: JsonObject, namespace: string, name: string): string | undefined {
  if (metadata['name'] !== name) return "metadata.name is not the key's";
  return (metadata['namespace'] ?? '') === namespace ? undefined : "metadata.namespace is not the key's";
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string';
}

function isTextMap(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  for (const field in value) if (typeof value[field] !== 'string') return false;
  return true;
}
