import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import type { KubeObject, StringMap } from '../meta/object.js';
import { encodeGoJson, parseJson } from '../runtime/json.js';
import { byteLength } from '../validation/names.js';
import { ANNOTATIONS_BYTES_MAX } from '../validation/qualified-name.js';
import { compareObjects } from './compare.js';
import { difference, type FieldSet } from './field-set.js';
import type { FieldType } from './field-type.js';
import { TypedError } from './list-items.js';
import { fieldSetOf, validateTyped } from './typed.js';

/** The manager that takes over from client-side apply; others have to force. */
export const KUBECTL = 'kubectl';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Fields that client-side apply set and nobody has changed since: kubectl may take them without force.
 * @returns undefined where the object has no last applied configuration of this version, or one of the two does not fit the schema
 */
export function allowedByLastApplied(live: KubeObject, apiVersion: string, type: FieldType): FieldSet | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined || text === '') return undefined;
  try {
    const last = parseJson(text);
    if (!isJsonObject(last) || last.apiVersion !== apiVersion) return undefined;
    if (typeof last.kind !== 'string' || last.kind === '') return undefined;
    validateTyped(live, type);
    validateTyped(last, type);
    const { modified, added, removed } = compareObjects(last, live, type);
    return difference(difference(difference(fieldSetOf(last, type), modified), added), removed);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypedError) return undefined;
    throw error;
  }
}

/** Keeps an existing annotation in step with what kubectl applied on the server, for who goes back. Changes `object`. */
export function updateLastApplied(object: KubeObject, applied: KubeObject): void {
  const annotations = object.metadata.annotations;
  if (annotations?.[LAST_APPLIED] === undefined || annotations[LAST_APPLIED] === '') return;
  const updated: StringMap = { ...annotations, [LAST_APPLIED]: lastAppliedText(applied) };
  const bytes = Object.entries(updated).reduce((n, entry) => n + byteLength(entry[0]) + byteLength(entry[1]), 0);
  if (bytes > ANNOTATIONS_BYTES_MAX) delete updated[LAST_APPLIED];
  object.metadata = { ...object.metadata, annotations: updated };
}

/** As upstream encodes it: keys sorted, `<>&` escaped, a line end. */
function lastAppliedText(applied: KubeObject): string {
  const { annotations, ...metadata } = applied.metadata ?? {};
  const { [LAST_APPLIED]: _, ...others } = annotations ?? {};
  const kept = { ...applied, metadata: annotations === undefined ? metadata : { ...metadata, annotations: others } };
  return `${encodeGoJson(sortKeys(kept as JsonObject))}\n`;
}

function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  const entries = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => [name, sortKeys(value[name]!)] as const);
  return Object.fromEntries(entries);
}
