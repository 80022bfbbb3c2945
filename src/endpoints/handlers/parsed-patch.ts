import { badRequest, invalid, type StatusError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn, sortFields } from '../../apimachinery/meta/json.js';
import { applyJsonPatch, type JsonPatchOperation, parseJsonPatch } from '../../apimachinery/patch/json-patch.js';
import { applyMergePatch, checkMergePatch } from '../../apimachinery/patch/merge-patch.js';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge-patch.js';
import { decodeCbor } from '../../apimachinery/runtime/cbor.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import { decodeJsonText, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { noteWholeFloats, wholeFloatsOf } from '../../apimachinery/runtime/whole-floats.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';
import { goValueName } from '../../apimachinery/schema/codec.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import { escapeHtmlInJson, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { goValue } from '../go-value.js';
import type { PatchForm, PatchType } from '../negotiation.js';

/** A patch ready to be applied to whatever is stored when its turn comes. */
export interface ParsedPatch {
  readonly type: PatchType;
  readonly value: JsonValue;
  /** Duplicate and unknown fields of the patch's own text, and duplicates that it would bring into the object. */
  readonly strict: readonly string[];
  /** What comes of it is printed with all fields in order. */
  readonly sortsAll: boolean;
}

export interface PatchOptions {
  /** The request asked for no word about unknown fields: then the patch is read less exactly, and refused in other words. */
  readonly ignoresFields: boolean;
  /** The patch is of a custom resource. */
  readonly custom: boolean;
}

/** @throws StatusError 400 for text that is no patch */
export function parsePatch({ type, cbor }: PatchForm, body: Buffer, options: PatchOptions): ParsedPatch {
  if (type === 'apply') return cbor ? parseCbor(body) : parseConfiguration(body);
  const strict: string[] = [];
  try {
    const value = decodeJsonText(body, strict);
    const parsed = { type, value, strict, sortsAll: options.custom };
    if (type === 'json') return { ...parsed, ...parseOperations(value, strict, options.ignoresFields) };
    if (type === 'merge') checkMergePatch(value, options.ignoresFields);
    return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw badRequest('invalid JSON patch');
  }
}

function parseCbor(body: Buffer): ParsedPatch {
  try {
    return { type: 'apply', value: asConfiguration(decodeCbor(body)), strict: [], sortsAll: true };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw badRequest(`error decoding patch: ${error.message}`);
  }
}

function asConfiguration(value: JsonValue): JsonValue {
  if (value === null || isJsonObject(value)) return value;
  const what = `json: cannot unmarshal ${goValueName(value)} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding patch: error unmarshaling JSON: while decoding JSON: ${what}`);
}

function parseConfiguration(body: Buffer): ParsedPatch {
  const isJson = /^\s*\{/.test(body.subarray(0, HEAD_BYTES).toString('latin1'));
  const strict: string[] = [];
  let value: JsonValue;
  try {
    value = parseYamlDocument(body, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    // YAML is made JSON first; what looks like JSON is not, and fails later.
    const lead = isJson ? 'error decoding patch: error converting YAML to JSON' : 'error encoding patch';
    throw badRequest(`${lead}: ${error.message}`);
  }
  return { type: 'apply', value: asConfiguration(value), strict, sortsAll: true };
}

/** As far as the first brace is looked for. */
const HEAD_BYTES = 1_024;

function parseOperations(
  value: JsonValue,
  strict: readonly string[],
  ignoresFields: boolean,
): Pick<ParsedPatch, 'value' | 'strict'> {
  const unknown: string[] = [];
  const operations = parseJsonPatch(value, ignoresFields ? null : unknown);
  const own = [...strict, ...unknown].map((text) => `json patch ${text}`);
  const brought = strict.flatMap((text) => inObject(text, operations));
  return { value: operations as unknown as JsonValue, strict: [...own, ...brought] };
}

const IN_VALUE = /^duplicate field "\[([0-9]+)\]\.value\.(.*)"$/s;

/** A value with a field twice is put into the object as it is written, and told there once more. */
function inObject(duplicate: string, operations: readonly JsonPatchOperation[]): string[] {
  const match = IN_VALUE.exec(duplicate);
  const path = match === null ? undefined : operations[Number(match[1])]?.path;
  return path === undefined ? [] : [`duplicate field "${fieldPathOf(path)}.${match![2]}"`];
}

/** `/spec/list/0/a` as `spec.list[0].a`. */
function fieldPathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, token) => (/^[0-9]+$/.test(token) ? `${path}[${token}]` : path === '' ? token : `${path}.${token}`),
      '',
    );
}

function patchValue(patch: ParsedPatch, current: JsonObject, schema: Schema): JsonValue {
  switch (patch.type) {
    case 'json': {
      const patched = applyJsonPatch(current, patch.value as never);
      return withFloats(patched, floatsOfOperations(patch.value));
    }
    case 'merge':
      return withFloats(applyMergePatch(current, patch.value), wholeFloatsOf(patch.value));
    default:
      return applyStrategicMergePatch(current, patch.value, schema);
  }
}

function withFloats(patched: JsonValue, floats: ReadonlySet<string> | undefined): JsonValue {
  if (floats !== undefined && isJsonObject(patched)) noteWholeFloats(patched, floats);
  return patched;
}

const FLOAT_IN_VALUE = /^\[([0-9]+)\]\.value(.*)$/s;

function floatsOfOperations(operations: JsonValue): ReadonlySet<string> | undefined {
  const floats = wholeFloatsOf(operations);
  if (floats === undefined) return undefined;
  const inPatched = new Set<string>();
  for (const float of floats) {
    const match = FLOAT_IN_VALUE.exec(float);
    const path = match === null ? undefined : (operations as JsonPatchOperation[])[Number(match[1])]?.path;
    if (path !== undefined) inPatched.add(fieldPathOf(path) + match![2]);
  }
  return inPatched;
}

/** What comes of a patch. It is made anew for each who asks: decoding works in place, and faults are rare. */
export class PatchResult {
  constructor(
    private readonly patch: ParsedPatch,
    private readonly current: JsonObject,
    private readonly schema: Schema,
  ) {}

  /** Not necessarily an object. @throws StatusError where the patch does not apply */
  value(): JsonValue {
    return patchValue(this.patch, this.current, this.schema);
  }

  /** 422 about the patch as a whole: with what came of it, or, for strategic merge patches, with itself. */
  fault(detail: string): StatusError {
    const shown = this.patch.type === 'strategic' ? goValue(this.patch.value) : this.print();
    return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', shown, detail)]);
  }

  /** The patched object as upstream's library writes it: fields in order wherever the patch has been. */
  print(): string {
    const { patch } = this;
    const patched = this.value();
    if (patch.sortsAll) return escapeHtmlInJson(encodeJson(sortFields(patched)));
    const operations = patch.value as unknown as readonly JsonPatchOperation[];
    const trace = patch.type === 'merge' ? patch.value : traceOf(operations);
    return escapeHtmlInJson(encodeJson(sortAlong(patched, trace)));
  }
}

function sortAlong(value: JsonValue, trace: JsonValue | undefined): JsonValue {
  if (!isJsonObject(value)) return value;
  if (!isJsonObject(trace)) return value;
  const sorted: JsonObject = {};
  for (const name of Object.keys(value).sort()) {
    const inner = value[name];
    if (inner !== undefined)
      setOwn(sorted, name, sortAlong(inner, Object.hasOwn(trace, name) ? trace[name] : undefined));
  }
  return sorted;
}

/** Where operations have been, as nested objects. */
function traceOf(operations: readonly JsonPatchOperation[]): JsonObject {
  const trace: JsonObject = {};
  for (const { path, from } of operations) {
    for (const pointer of [path, from]) {
      if (typeof pointer !== 'string') continue;
      let at = trace;
      for (const token of pointer.split('/').slice(1, -1)) {
        const next = Object.hasOwn(at, token) ? at[token] : undefined;
        const inner = isJsonObject(next) ? next : {};
        setOwn(at, token, inner);
        at = inner;
      }
    }
  }
  return trace;
}
