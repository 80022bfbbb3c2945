import { Pointer } from 'rfc6902';
import { badRequest, requestEntityTooLarge } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, jsonEqual, setOwn } from '../meta/json.js';
import { goQuote } from '../validation/field-error.js';
import { unmarshalFault, unmarshalFieldFault, unprocessable } from './patch-error.js';

/** More operations than this are refused, to bound the work one request can ask for. */
export const JSON_PATCH_OPERATIONS_MAX = 10_000;

/** One operation as the client wrote it: an absent value counts as null. Other fields are passed over. */
export interface JsonPatchOperation extends JsonObject {
  op?: string;
  path?: string;
  from?: string;
}

/** A place in the document: a container and the key or index in it. */
interface Place {
  readonly container: JsonObject | JsonValue[];
  readonly key: string;
}

/** The fields of an operation; of another type than text they are refused, but for the value. */
const TEXT_FIELDS = ['op', 'path', 'from'] as const;

/**
 * Checks the shape of a decoded patch; null is an empty patch, a null in it an operation that cannot be carried out.
 * @param strict gains `json patch unknown field "[0].paht"` where the types of fields are looked at, undefined where they are not: what
 *   is wrong then shows only when the patch is applied
 * @throws StatusError 400 where it is no list of operations, 413 above JSON_PATCH_OPERATIONS_MAX
 */
export function parseJsonPatch(patch: JsonValue, strict: string[] | undefined): JsonPatchOperation[] {
  if (patch === null) return [];
  const [lead, list, item] =
    strict === undefined
      ? ['', 'jsonpatch.Patch', 'jsonpatch.Operation']
      : ['error decoding patch: ', '[]handlers.jsonPatchOp', 'handlers.jsonPatchOp'];
  if (!Array.isArray(patch)) throw badRequest(lead + unmarshalFault(patch, list));
  const operations = patch.map((entry, i) => {
    if (entry === null) return {};
    if (!isJsonObject(entry)) throw badRequest(lead + unmarshalFault(entry, item));
    if (strict !== undefined) checkFields(entry, i, strict);
    return entry as JsonPatchOperation;
  });
  if (operations.length > JSON_PATCH_OPERATIONS_MAX) {
    throw requestEntityTooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${JSON_PATCH_OPERATIONS_MAX}, got ${operations.length}`,
    );
  }
  return operations;
}

function checkFields(operation: JsonObject, index: number, strict: string[]): void {
  for (const name of Object.keys(operation)) {
    const value = operation[name];
    if ((TEXT_FIELDS as readonly string[]).includes(name)) {
      if (typeof value === 'string' || value === null || value === undefined) continue;
      throw badRequest(`error decoding patch: ${unmarshalFieldFault(value, `jsonPatchOp.${name}`, 'string')}`);
    }
    if (name !== 'value') strict.push(`json patch unknown field ${goQuote(`[${index}].${name}`)}`);
  }
}

/**
 * Applies a JSON patch. It is lenient where kube-apiserver is: `replace` of a missing map key adds it, `copy` of one
 * gives null, `test` finds null there, and negative indices count from the end.
 * @param target the object to patch; not changed
 * @param operations from {@link parseJsonPatch}
 * @returns a new value that shares nothing with either; not necessarily an object where a patch replaces the root
 * @throws StatusError 422 where an operation does not apply
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyJsonPatch(target: JsonObject, operations: readonly JsonPatchOperation[]): JsonValue {
  let document: JsonValue = jsonClone(target);
  for (const operation of operations) document = run(document, operation);
  return document;
}

function run(document: JsonValue, operation: JsonPatchOperation): JsonValue {
  const { op, path } = operation;
  const value = operation.value ?? null;
  if (typeof path !== 'string') throw unprocessable();
  if (path === '' && op === 'test') {
    if (!jsonEqual(document, value)) throw unprocessable();
    return document;
  }
  if (path === '' && op === 'replace') {
    if (typeof value !== 'object' || value === null) throw unprocessable();
    return jsonClone(value);
  }
  switch (op) {
    case 'add':
      add(placeOf(document, path), jsonClone(value));
      break;
    case 'remove':
      remove(placeOf(document, path));
      break;
    case 'replace':
      replace(placeOf(document, path), jsonClone(value));
      break;
    case 'move': {
      const from = placeOf(document, operation.from);
      const moved = get(from);
      remove(from);
      add(placeOf(document, path), moved);
      break;
    }
    case 'copy':
      add(placeOf(document, path), jsonClone(get(placeOf(document, operation.from))));
      break;
    case 'test':
      if (!jsonEqual(get(placeOf(document, path)), value)) throw unprocessable();
      break;
    default:
      throw unprocessable();
  }
  return document;
}

/** What stands before the first slash does not count, so `data/a` means `/a`, as upstream has it. */
function placeOf(document: JsonValue, path: string | undefined): Place {
  const slash = typeof path === 'string' ? path.indexOf('/') : -1;
  if (path === undefined || slash < 0) throw unprocessable();
  const tokens = Pointer.fromJSON(path.slice(slash)).tokens;
  let container = document;
  for (let i = 1; i < tokens.length - 1; i++) {
    if (typeof container !== 'object' || container === null) throw unprocessable();
    container = get({ container, key: tokens[i]! });
  }
  if (typeof container !== 'object' || container === null) throw unprocessable();
  return { container, key: tokens[tokens.length - 1]! };
}

/** Index in a list of `size` places; negative ones count from the end. */
function indexIn(size: number, key: string): number {
  if (!/^[+-]?[0-9]+$/.test(key)) throw unprocessable();
  const index = Number(key);
  if (index >= size || index < -size) throw unprocessable();
  return index < 0 ? index + size : index;
}

/** null where a map has no such key. */
function get({ container, key }: Place): JsonValue {
  if (Array.isArray(container)) return container[indexIn(container.length, key)]!;
  return Object.hasOwn(container, key) ? (container[key] ?? null) : null;
}

function add({ container, key }: Place, value: JsonValue): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(indexIn(container.length + 1, key), 0, value);
}

function replace({ container, key }: Place, value: JsonValue): void {
  if (Array.isArray(container)) container[indexIn(container.length, key)] = value;
  else setOwn(container, key, value);
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) {
    container.splice(indexIn(container.length, key), 1);
  } else {
    if (!Object.hasOwn(container, key)) throw unprocessable();
    delete container[key];
  }
}
