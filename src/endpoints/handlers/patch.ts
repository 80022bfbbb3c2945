import { badRequest, conflict, invalid, notFound, StatusError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatGoValue } from '../../apimachinery/patch/go-format.js';
import { applyJsonPatch } from '../../apimachinery/patch/json-patch.js';
import { applyMergePatch, withoutNulls } from '../../apimachinery/patch/merge-patch.js';
import { inEncodedOrder, inPatchedOrder, pathsOf, sortDeeply } from '../../apimachinery/patch/patched-order.js';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge-patch.js';
import { encodeGoJson } from '../../apimachinery/runtime/json.js';
import { SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { noteWholeFloats, wholeFloatsOf } from '../../apimachinery/runtime/whole-floats.js';
import { unstructuredFault, withWrappedIntegers } from '../../apimachinery/schema/unstructured-fault.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { matchUrl, warnStrict, wrongTypeText } from '../body-decoder.js';
import { applyDefaults, fromHub, toHub } from '../hub.js';
import { negotiatePatch } from '../negotiation.js';
import { checkPatchedType } from '../patched-type.js';
import { parseWriteQuery, type WriteQuery } from '../query-options.js';
import { type RequestScope, schemaOf } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { type ParsedChange, type ParsedConfiguration, parsePatch } from './patch-parsing.js';
import { mutate, updateOptions } from './update.js';

/** PATCH of all four kinds. A lost race runs the whole again on what is stored then. */
export async function handlePatch(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const form = negotiatePatch(headerOf(request, 'content-type'), scope.definition.custom, scope.cbor);
  const applies = form.type === 'apply';
  const output = outputOf(scope, false);
  const query = parseWriteQuery('PatchOptions', request.query, headerOf(request, 'user-agent'), applies);
  const patch = parsePatch(form, await request.body(), query.fieldValidation);
  const { view, created } = await scope.storage.update!(
    request.context,
    request.info.name,
    async (existing) => {
      const live = existing === undefined ? undefined : await fromHub(scope, existing);
      const patched =
        patch.type === 'apply'
          ? await applyConfiguration(scope, env, query, patch, live)
          : await applyPatch(scope, env, query, patch, patchable(scope, live));
      const hub = await toHub(scope, patched);
      await mutate(scope, env, query, hub, existing);
      return hub;
    },
    { ...updateOptions(scope, env, query), ...(applies && { forceAllowCreate: true }) },
  );
  return objectAnswer(scope, view, created ? 201 : 200, output);
}

/** A patch of what is not there creates nothing, not even where a PUT would. */
function patchable({ resource, request }: RequestScope, live: KubeObject | undefined): KubeObject {
  if (live === undefined) throw notFound(resource, request.info.name);
  return live;
}

/** JSON, merge and strategic patches work on the live object and are then decoded like any body. */
function applyPatch(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedChange,
  live: KubeObject,
): KubeObject | Promise<KubeObject> {
  if (patch.refusal !== undefined) throw patch.refusal;
  const current: JsonObject = { kind: scope.kind.kind, apiVersion: scope.apiVersion, ...live };
  const patched = patchValue(scope, patch, current);
  const fault = (detail: string) => patchFault(scope, patch, current, detail);
  if (!isJsonObject(patched)) throw fault(wrongTypeText(patched, 'json'));
  const strict = [...patch.strict];
  // A strategic merge patch makes a value of the endpoint's own type, whatever the document says of its type.
  const typed = patch.type === 'strategic' ? undefined : checkPatchedType(scope, patched, strict, fault);
  const unknown: string[] = [];
  const object = typed?.nameless ? undefined : decodePatched(scope, patch.type, patched, fault, unknown);
  if (unknown.length > 0) strict.push(...unknownFields(scope, patch, current));
  reportPatch(scope, query, strict, fault);
  matchUrl(scope, object ?? { metadata: {} }, true);
  typed?.refuse?.();
  applyDefaults(scope, object!);
  return env.fieldManagement.update(scope, live, object!, query.fieldManager);
}

function patchValue(scope: RequestScope, patch: ParsedChange, current: JsonObject): JsonValue {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(current, patch.value);
    case 'merge': {
      if (Array.isArray(patch.value)) return withoutNulls(patch.value);
      const patched = applyMergePatch(current, patch.value);
      const floats = wholeFloatsOf(patch.value);
      if (floats !== undefined) noteWholeFloats(patched, floats);
      return patched;
    }
    case 'strategic':
      return applyStrategicMergePatch(current, patch.value, schemaOf(scope));
  }
}

/** What upstream has before it decodes it. The patch is applied once more: decoding may have changed what it made. */
function asPatched(scope: RequestScope, patch: ParsedChange, current: JsonObject): JsonValue {
  if (patch.type === 'strategic') return patchValue(scope, patch, current);
  const encoded =
    scope.definition.custom && scope.whole ? sortDeeply(current) : inEncodedOrder(current, schemaOf(scope));
  const patched = patchValue(scope, patch, encoded as JsonObject);
  return inPatchedOrder(patched, patch.type === 'json' ? pathsOf(patch.value) : patch.value);
}

/** In the order in which upstream comes upon them. */
function unknownFields(scope: RequestScope, patch: ParsedChange, current: JsonObject): string[] {
  const unknown: string[] = [];
  const patched = asPatched(scope, patch, current);
  const value = patch.type === 'strategic' ? withWrappedIntegers(schemaOf(scope), patched) : patched;
  scope.codec.decode(value as JsonObject, unknown);
  return patch.type === 'strategic' ? unknown.sort() : unknown;
}

/** 422 about the patch as a whole. It shows what a JSON or merge patch made of the object, or a strategic merge patch itself. */
function patchFault(scope: RequestScope, patch: ParsedChange, current: JsonObject, detail: string): StatusError {
  const shown =
    patch.type === 'strategic' ? formatGoValue(patch.value) : encodeGoJson(asPatched(scope, patch, current));
  return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', shown, detail)]);
}

function decodePatched(
  scope: RequestScope,
  type: ParsedChange['type'],
  patched: JsonObject,
  fault: (detail: string) => StatusError,
  unknown: string[],
): KubeObject {
  try {
    return scope.codec.decode(patched, unknown);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (type !== 'strategic') throw fault(error.message);
    const converted = unstructuredFault(schemaOf(scope), patched);
    if (converted !== undefined) throw fault(converted);
    return scope.codec.decode(withWrappedIntegers(schemaOf(scope), patched) as JsonObject, unknown);
  }
}

/** fieldValidation of a patch. */
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

/** Fields given twice are told of once the configuration has been applied: whatever else is wrong with it is told first. */
function reportApply(scope: RequestScope, query: WriteQuery, { strict }: ParsedConfiguration): void {
  if (strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') {
    throw badRequest(`error strict decoding patch: error converting YAML to JSON: ${strict.join(', ')}`);
  }
  warnStrict(strict, scope.request.context);
}

async function applyConfiguration(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedConfiguration,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  if (patch.refusal !== undefined) throw patch.refusal;
  const configuration = structuredClone(patch.value) as KubeObject;
  const merged = await env.fieldManagement.apply(scope, live, configuration, query.fieldManager, query.force === true);
  const object = decodeMerged(scope, merged, configuration);
  reportApply(scope, query, patch);
  const { uid } = object.metadata;
  if (live === undefined && uid !== undefined && uid !== '') {
    const cause = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(scope.resource, scope.request.info.name, cause);
  }
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return object;
}

/** @throws StatusError 500, as upstream has it, where what was applied fits the schema and yet is no object of its type */
function decodeMerged(scope: RequestScope, merged: KubeObject, { metadata }: KubeObject): KubeObject {
  // What was merged fits a custom resource's schema but for nulls, which are for validation to judge.
  if (scope.definition.custom && scope.whole) return merged;
  try {
    return scope.codec.decode(merged, []);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const { group, version, kind } = scope.kind;
    const type = `${group}/${version}, Kind=${kind}`;
    const fault = unstructuredFault(schemaOf(scope), merged);
    if (fault === undefined) return scope.codec.decode(withWrappedIntegers(schemaOf(scope), merged) as JsonObject, []);
    const lead = `failed to convert new object (${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${type})`;
    const text = `${lead} to proper version: unable to convert unstructured object to ${type}: ${fault}`;
    throw new StatusError(500, '', text);
  }
}
