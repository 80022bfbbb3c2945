import { badRequest, invalid, StatusError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { applyJsonPatch, type JsonPatchOperation, parseJsonPatch } from '../../apimachinery/patch/json-patch.js';
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.js';
import { unmarshalFault } from '../../apimachinery/patch/patch-error.js';
import { inMetadataOrder, patchedText, pathsOf, sortDeeply } from '../../apimachinery/patch/patched-text.js';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge-patch.js';
import { decodeCbor } from '../../apimachinery/runtime/cbor.js';
import { decodeJsonText, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';
import { goValueName } from '../../apimachinery/schema/codec.js';
import { DecodeError } from '../../apimachinery/schema/decode-builtin.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { FieldValidation } from '../../registry/rest/context.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { matchUrl, warnStrict, wrongTypeText } from '../body-decoder.js';
import { goValue } from '../go-value.js';
import { applyDefaults, fromHub, toHub } from '../hub.js';
import { negotiatePatch, type PatchForm, type PatchType } from '../negotiation.js';
import { checkPatchedType } from '../patched-type.js';
import { parseWriteQuery, type WriteQuery } from '../query-options.js';
import { type RequestScope, schemaOf } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { mutate, updateOptions } from './update.js';

const BAD_REQUEST = 400;

/** A patch ready to be applied to whatever is stored when its turn comes. */
interface ParsedPatch {
  readonly type: PatchType;
  readonly value: JsonValue;
  /** Duplicate fields of the patch's own text. */
  readonly strict: readonly string[];
  /** Why it is no patch of its kind, told once there is an object to patch: a missing object is told first. */
  readonly refusal?: StatusError;
  /** A merge patch whose fields are not validated may be a list, which then is the outcome. */
  readonly loose?: boolean;
}

/** PATCH of all four kinds. A lost race runs the whole again on what is stored then. */
export async function handlePatch(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const form = negotiatePatch(headerOf(request, 'content-type'), scope.definition.custom, scope.cbor);
  const { type } = form;
  const output = outputOf(scope, false);
  const query = parseWriteQuery('PatchOptions', request.query, headerOf(request, 'user-agent'), type === 'apply');
  const patch = parsePatch(form, await request.body(), query.fieldValidation);
  const { view, created } = await scope.storage.update!(
    request.context,
    request.info.name,
    async (existing) => {
      const live = existing === undefined ? undefined : await fromHub(scope, existing);
      const patched =
        type === 'apply'
          ? await applyConfiguration(scope, env, query, patch, live)
          : await applyPatch(scope, env, query, patch, live!);
      const hub = await toHub(scope, patched);
      await mutate(scope, env, query, hub, existing);
      return hub;
    },
    { ...updateOptions(scope, env, query), ...(type === 'apply' && { forceAllowCreate: true }) },
  );
  return objectAnswer(scope, view, created ? 201 : 200, output);
}

/** @throws StatusError 400 for text that is no patch */
function parsePatch(form: PatchForm, body: Buffer, validation: FieldValidation): ParsedPatch {
  const { type, cbor } = form;
  if (type === 'apply') return parseConfiguration(body, cbor);
  const strict: string[] = [];
  try {
    const value = decodeJsonText(body, strict);
    if (type === 'json') return parsedJsonPatch(value, strict, validation);
    return { type, value, strict, loose: validation === 'Ignore' };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw badRequest('invalid JSON patch');
  }
}

/** What starts like JSON is taken for JSON at first, and found to be none where the configuration is applied. */
function parseConfiguration(body: Buffer, cbor: boolean): ParsedPatch {
  const type = 'apply';
  const strict: string[] = [];
  try {
    const value = cbor ? decodeCbor(body) : parseYamlDocument(body, strict);
    if (value === null || isJsonObject(value)) return { type, value, strict };
    const lead = cbor ? '' : 'error unmarshaling JSON: while decoding JSON: json: ';
    const text = `${lead}cannot unmarshal ${goValueName(value)} into Go value of type map[string]interface {}`;
    return { type, value, strict, refusal: badRequest(`error decoding patch: ${text}`) };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (cbor) throw badRequest(`error decoding patch: ${error.message}`);
    if (!/^\s*\{/.test(body.toString('latin1'))) throw badRequest(`error encoding patch: ${error.message}`);
    const text = `error decoding patch: error converting YAML to JSON: ${error.message}`;
    return { type, value: null, strict, refusal: badRequest(text) };
  }
}

/** Which decoder finds that it is no list of operations depends on whether fields are validated. */
function parsedJsonPatch(value: JsonValue, strict: readonly string[], validation: FieldValidation): ParsedPatch {
  const type = 'json';
  try {
    const operations = parseJsonPatch(value);
    const faults = [...strict, ...unknownOperationFields(operations)];
    return { type, value: operations, strict: faults.map((text) => `json patch ${text}`) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const loose = validation === 'Ignore' && error.code === BAD_REQUEST;
    const goType = Array.isArray(value) ? 'jsonpatch.Operation' : 'jsonpatch.Patch';
    const refusal = loose
      ? badRequest(unmarshalFault(Array.isArray(value) ? firstMisfit(value) : value, goType))
      : error;
    return { type, value, strict, refusal };
  }
}

const OPERATION_FIELDS = new Set(['op', 'path', 'from', 'value']);

function unknownOperationFields(operations: readonly JsonPatchOperation[]): string[] {
  return operations.flatMap((operation, i) =>
    Object.keys(operation)
      .filter((name) => !OPERATION_FIELDS.has(name))
      .map((name) => `unknown field ${JSON.stringify(`[${i}].${name}`)}`),
  );
}

function firstMisfit(list: readonly JsonValue[]): JsonValue {
  return list.find((entry) => !isJsonObject(entry)) ?? null;
}

/** JSON, merge and strategic patches work on the live object and are then decoded like any body. */
function applyPatch(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject,
): KubeObject | Promise<KubeObject> {
  if (patch.refusal !== undefined) throw patch.refusal;
  const current: JsonObject = { kind: scope.kind.kind, apiVersion: scope.apiVersion, ...live };
  const patched = patchValue(scope, patch, current);
  const fault = (detail: string) => patchFault(shownPatch(scope, patch, current), detail);
  if (!isJsonObject(patched)) throw fault(wrongTypeText(patched, 'json'));
  const strict = [...patch.strict];
  // A strategic merge patch makes a value of the endpoint's own type, whatever the document says of its type.
  const typed = patch.type === 'strategic' ? undefined : checkPatchedType(scope, patched, strict, fault);
  const object = typed?.nameless ? undefined : decodePatched(scope, patch.type, patched, fault, strict);
  reportPatch(scope, query, strict, fault);
  matchUrl(scope, object ?? { metadata: {} }, true);
  typed?.refuse?.();
  applyDefaults(scope, object!);
  return env.fieldManagement.update(scope, live, object!, query.fieldManager);
}

function patchValue(scope: RequestScope, { type, value, loose }: ParsedPatch, current: JsonObject): JsonValue {
  switch (type) {
    case 'json':
      return applyJsonPatch(current, value as never);
    case 'merge':
      if (loose && !isJsonObject(value)) return Array.isArray(value) ? value : applyMergePatch(current, null);
      return applyMergePatch(current, value);
    default:
      return applyStrategicMergePatch(current, value, schemaOf(scope));
  }
}

/** What a refusal shows: the outcome of a JSON or merge patch, a strategic merge patch itself. */
function shownPatch(scope: RequestScope, patch: ParsedPatch, current: JsonObject): string {
  const { type, value } = patch;
  if (type === 'strategic') return goValue(value);
  const live = scope.definition.custom && scope.whole ? sortDeeply(current) : inMetadataOrder(current);
  const patched = patchValue(scope, patch, live as JsonObject);
  return patchedText(patched, type === 'json' ? pathsOf(value as JsonPatchOperation[]) : value);
}

function decodePatched(
  scope: RequestScope,
  type: PatchType,
  patched: JsonObject,
  fault: (detail: string) => StatusError,
  strict: string[],
): KubeObject {
  try {
    return scope.codec.decode(patched, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw fault(type === 'strategic' && error instanceof DecodeError ? error.converted : error.message);
  }
}

/** fieldValidation of a patch: 422 about the patch as a whole. */
function reportPatch(
  scope: RequestScope,
  query: WriteQuery,
  strict: readonly string[],
  fault: (detail: string) => StatusError,
): void {
  if (strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') throw fault(`strict decoding error: ${strict.join(', ')}`);
  warnStrict(strict, scope.request.context);
}

function patchFault(shown: string, detail: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', shown, detail)]);
}

/** Fields given twice are told of once the configuration has been applied: whatever else is wrong with it is told first. */
function reportApply(scope: RequestScope, query: WriteQuery, patch: ParsedPatch): void {
  if (patch.strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') throw badRequest(`error strict decoding patch: ${patch.strict.join(', ')}`);
  warnStrict(patch.strict, scope.request.context);
}

async function applyConfiguration(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  if (patch.refusal !== undefined) throw patch.refusal;
  const configuration = { ...(structuredClone(patch.value ?? {}) as JsonObject) } as KubeObject;
  configuration.metadata ??= {};
  if (isJsonObject(configuration.metadata)) configuration.metadata.name ??= scope.request.info.name;
  const merged = await env.fieldManagement.apply(scope, live, configuration, query.fieldManager, query.force === true);
  reportApply(scope, query, patch);
  // What was merged fits a custom resource's schema but for nulls, which are for validation to judge.
  const object = scope.definition.custom && scope.whole ? merged : scope.codec.decode(merged, []);
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return object;
}
