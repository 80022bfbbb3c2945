import { badRequest, invalid, type StatusError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { applyJsonPatch, parseJsonPatch } from '../../apimachinery/patch/json-patch.js';
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.js';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge-patch.js';
import { decodeCbor } from '../../apimachinery/runtime/cbor.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import { decodeJsonText, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { matchUrl, warnStrict } from '../body-decoder.js';
import { goValue } from '../go-value.js';
import { applyDefaults, fromHub, toHub } from '../hub.js';
import { negotiatePatch, type PatchForm, type PatchType } from '../negotiation.js';
import { parseWriteQuery, type WriteQuery } from '../query-options.js';
import { type RequestScope, schemaOf } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { mutate, updateOptions } from './update.js';

/** A patch ready to be applied to whatever is stored when its turn comes. */
interface ParsedPatch {
  readonly type: PatchType;
  readonly value: JsonValue;
  /** Duplicate fields of the patch's own text. */
  readonly strict: readonly string[];
}

/** PATCH of all four kinds. A lost race runs the whole again on what is stored then. */
export async function handlePatch(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const form = negotiatePatch(headerOf(request, 'content-type'), scope.definition.custom, scope.cbor);
  const { type } = form;
  const output = outputOf(scope, false);
  const query = parseWriteQuery('PatchOptions', request.query, headerOf(request, 'user-agent'), type === 'apply');
  const patch = parsePatch(form, await request.body());
  if (type === 'apply') reportApply(scope, query, patch);
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
function parsePatch({ type, cbor }: PatchForm, body: Buffer): ParsedPatch {
  const strict: string[] = [];
  try {
    if (cbor) return { type, value: decodeCbor(body), strict };
    if (type === 'apply') return { type, value: parseYamlDocument(body, strict), strict };
    const value = decodeJsonText(body, strict);
    return { type, value: type === 'json' ? (parseJsonPatch(value) as unknown as JsonValue) : value, strict };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (cbor) throw badRequest(`error decoding patch: ${error.message}`);
    throw type === 'apply' ? badRequest(`error encoding patch: ${error.message}`) : badRequest('invalid JSON patch');
  }
}

/** JSON, merge and strategic patches work on the live object and are then decoded like any body. */
function applyPatch(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject,
): KubeObject | Promise<KubeObject> {
  const current: JsonObject = { kind: scope.kind.kind, apiVersion: scope.apiVersion, ...live };
  const patched = patchValue(scope, patch, current);
  if (!isJsonObject(patched)) throw badRequest('the patch must leave an object');
  checkUnchangedType(scope, patched, patch);
  const strict = [...patch.strict];
  const object = decodePatched(scope, patched, patch, strict);
  reportPatch(scope, query, patch, strict);
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return env.fieldManagement.update(scope, live, object, query.fieldManager);
}

/** A patch may not make another type of the object. @throws StatusError 422 */
function checkUnchangedType(scope: RequestScope, { apiVersion, kind }: JsonObject, patch: ParsedPatch): void {
  if (apiVersion === scope.apiVersion && kind === scope.kind.kind) return;
  const version = encodeJson(apiVersion ?? '');
  throw patchFault(
    patch,
    `no kind ${encodeJson(kind ?? '')} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function patchValue(scope: RequestScope, { type, value }: ParsedPatch, current: JsonObject): JsonValue {
  switch (type) {
    case 'json':
      return applyJsonPatch(current, value as never);
    case 'merge':
      return applyMergePatch(current, value);
    default:
      return applyStrategicMergePatch(current, value, schemaOf(scope));
  }
}

function decodePatched(scope: RequestScope, patched: JsonObject, patch: ParsedPatch, strict: string[]): KubeObject {
  try {
    return scope.codec.decode(patched, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw patchFault(patch, error.message);
  }
}

/** fieldValidation of a patch: 422 about the patch as a whole. */
function reportPatch(scope: RequestScope, query: WriteQuery, patch: ParsedPatch, strict: readonly string[]): void {
  if (strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') throw patchFault(patch, `strict decoding error: ${strict.join(', ')}`);
  warnStrict(strict, scope.request.context);
}

function patchFault(patch: ParsedPatch, detail: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', goValue(patch.value), detail)]);
}

function reportApply(scope: RequestScope, query: WriteQuery, patch: ParsedPatch): void {
  if (patch.strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${patch.strict.join(', ')}`);
  warnStrict(patch.strict, scope.request.context);
}

async function applyConfiguration(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  const applied = structuredClone(patch.value);
  if (!isJsonObject(applied)) throw badRequest('the applied configuration must be an object');
  applied.metadata ??= {};
  if (!isJsonObject(applied.metadata)) throw badRequest('metadata of the applied configuration must be an object');
  const configuration = applied as KubeObject;
  configuration.metadata.name ??= scope.request.info.name;
  const merged = await env.fieldManagement.apply(scope, live, configuration, query.fieldManager, query.force === true);
  // What was merged fits a custom resource's schema but for nulls, which are for validation to judge.
  const object = scope.definition.custom && scope.whole ? merged : scope.codec.decode(merged, []);
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return object;
}
