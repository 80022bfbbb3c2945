import { badRequest, StatusError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { type JsonPatchOperation, parseJsonPatch } from '../../apimachinery/patch/json-patch.js';
import { unmarshalFault } from '../../apimachinery/patch/patch-error.js';
import { decodeCbor } from '../../apimachinery/runtime/cbor.js';
import { decodeJsonText, NumberFault, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';
import type { FieldValidation } from '../../registry/rest/context.js';
import type { PatchForm } from '../negotiation.js';

/** A patch ready to be applied to whatever is stored when its turn comes. */
export type ParsedPatch = ParsedChange | ParsedConfiguration;

/** A patch that changes what is there. */
export type ParsedChange = (
  | { readonly type: 'json'; readonly value: readonly JsonPatchOperation[] }
  | { readonly type: 'merge'; readonly value: JsonObject | JsonValue[] }
  | { readonly type: 'strategic'; readonly value: JsonObject }
) &
  Found;

export interface ParsedConfiguration extends Found {
  readonly type: 'apply';
  readonly value: JsonObject;
}

interface Found {
  /** What fieldValidation speaks of in the patch's own text. */
  readonly strict: readonly string[];
  /** Why it is no patch of its kind, told once there is an object to patch: a missing object is told first. */
  readonly refusal?: StatusError;
}

const MAP = 'map[string]interface {}';
const DECODING = 'error decoding patch: ';

/** @throws StatusError 400 for text that is neither JSON nor what else the patch may be written in */
export function parsePatch({ type, cbor }: PatchForm, body: Buffer, validation: FieldValidation): ParsedPatch {
  if (type === 'apply') return parseConfiguration(body, cbor);
  const strict: string[] = [];
  try {
    const value = parseText(body, strict);
    if (type === 'json') return jsonPatch(value, strict, validation !== 'Ignore');
    return type === 'merge' ? mergePatch(value, strict, validation !== 'Ignore') : strategicPatch(value, strict);
  } catch (error) {
    if (!(error instanceof NumberFault)) throw error;
    const refusal = badRequest(type === 'strategic' ? error.message : DECODING + error.message);
    return type === 'json' ? { type, value: [], strict, refusal } : { type, value: {}, strict, refusal };
  }
}

function parseText(body: Buffer, strict: string[]): JsonValue {
  try {
    return decodeJsonText(body, strict);
  } catch (error) {
    throw error instanceof SyntaxFault && !(error instanceof NumberFault) ? badRequest('invalid JSON patch') : error;
  }
}

/** Which decoder finds that it is no list of operations depends on whether fields are validated. */
function jsonPatch(value: JsonValue, duplicates: readonly string[], validated: boolean): ParsedChange {
  const type = 'json';
  const strict = duplicates.map((text) => `json patch ${text}`);
  try {
    return { type, value: parseJsonPatch(value, validated ? strict : undefined), strict };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { type, value: [], strict, refusal: error };
  }
}

/** A merge patch whose fields are not validated may be a list, which then is the outcome. */
function mergePatch(value: JsonValue, strict: readonly string[], validated: boolean): ParsedChange {
  const type = 'merge';
  if (isJsonObject(value)) return { type, value, strict };
  if (Array.isArray(value) && !validated) return { type, value, strict };
  const text = validated && value !== null ? DECODING + unmarshalFault(value, MAP) : 'Invalid JSON Patch';
  return { type, value: {}, strict, refusal: badRequest(text) };
}

function strategicPatch(value: JsonValue, strict: readonly string[]): ParsedChange {
  const type = 'strategic';
  if (isJsonObject(value)) return { type, value, strict };
  return { type, value: {}, strict, ...(value !== null && { refusal: badRequest(unmarshalFault(value, MAP)) }) };
}

/** What starts like JSON is taken for JSON at first, and found to be none where the configuration is applied. */
function parseConfiguration(body: Buffer, cbor: boolean): ParsedConfiguration {
  const strict: string[] = [];
  try {
    const value = cbor ? decodeCbor(body) : parseYamlDocument(body, strict);
    if (isJsonObject(value)) return { type: 'apply', value, strict };
    if (value === null) return { type: 'apply', value: {}, strict };
    const fault = unmarshalFault(value, MAP);
    return refused(
      cbor ? fault.replace(/^json: /, '') : `error unmarshaling JSON: while decoding JSON: ${fault}`,
      strict,
    );
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (cbor) throw badRequest(DECODING + error.message);
    if (!/^\s*\{/.test(body.toString('latin1'))) throw badRequest(`error encoding patch: ${error.message}`);
    return refused(`error converting YAML to JSON: ${error.message}`, strict);
  }
}

function refused(text: string, strict: readonly string[]): ParsedConfiguration {
  return { type: 'apply', value: {}, strict, refusal: badRequest(DECODING + text) };
}
