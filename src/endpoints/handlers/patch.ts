import { badRequest, conflict, invalid } from '../../apimachinery/errors/status-error.js';
import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { goValueName } from '../../apimachinery/schema/codec.js';
import { type FieldError, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { matchUrl, warnStrict } from '../body-decoder.js';
import { applyDefaults, fromHub, toHub } from '../hub.js';
import { negotiatePatch } from '../negotiation.js';
import { parseWriteQuery, type WriteQuery } from '../query-options.js';
import { type RequestScope, schemaOf } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { type ParsedPatch, PatchResult, parsePatch } from './parsed-patch.js';
import { mutate, updateOptions } from './update.js';

/** PATCH of all four kinds. A lost race runs the whole again on what is stored then. */
export async function handlePatch(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const form = negotiatePatch(headerOf(request, 'content-type'), scope.definition.custom, scope.cbor);
  const { type } = form;
  const output = outputOf(scope, false);
  const query = parseWriteQuery('PatchOptions', request.query, headerOf(request, 'user-agent'), type === 'apply');
  const patch = parsePatch(form, await request.body(), {
    ignoresFields: query.fieldValidation === 'Ignore',
    custom: scope.definition.custom && scope.whole,
  });
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

/** JSON, merge and strategic patches work on the live object and are then decoded like any body. */
function applyPatch(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject,
): KubeObject | Promise<KubeObject> {
  const current: JsonObject = { kind: scope.kind.kind, apiVersion: scope.apiVersion, ...live };
  const result = new PatchResult(patch, current, schemaOf(scope));
  const strict = [...patch.strict];
  const object = decodePatched(scope, result, strict);
  reportPatch(scope, query, result, strict);
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return env.fieldManagement.update(scope, live, object, query.fieldManager);
}

/** A patch may not make another type of the object. @throws StatusError 422 */
function checkUnchangedType(scope: RequestScope, patched: JsonObject, result: PatchResult): void {
  const { apiVersion, kind } = patched;
  if (apiVersion === scope.apiVersion && kind === scope.kind.kind) return;
  if (scope.definition.custom && scope.whole) {
    checkCustomType(scope, patched, result);
    return;
  }
  const version = JSON.stringify(apiVersion ?? '');
  throw result.fault(
    `no kind ${JSON.stringify(kind ?? '')} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

/** Custom resources are decoded whatever their type is, and refused as objects of another. */
function checkCustomType(scope: RequestScope, patched: JsonObject, result: PatchResult): void {
  for (const field of ['apiVersion', 'kind'] as const) {
    const value = patched[field];
    if (value === undefined || value === null || typeof value === 'string') continue;
    const what = `json: cannot unmarshal ${goValueName(value)} into Go struct field .${field} of type string`;
    throw result.fault(`couldn't get version/kind; json parse error: ${what}`);
  }
  const kind = String(patched.kind ?? '');
  const apiVersion = String(patched.apiVersion ?? '');
  if (kind === '') throw result.fault(`Object 'Kind' is missing in '${result.print()}'`);
  const errors: FieldError[] = [];
  if (kind !== scope.kind.kind) errors.push(fieldInvalid('kind', kind, `must be ${scope.kind.kind}`));
  if (apiVersion !== scope.apiVersion) {
    errors.push(fieldInvalid('apiVersion', apiVersion, `must be ${scope.apiVersion}`));
  }
  const group = parseGroupVersion(apiVersion)?.group ?? '';
  throw invalid({ group, kind }, scope.request.info.name, errors);
}

function decodePatched(scope: RequestScope, result: PatchResult, strict: string[]): KubeObject {
  const patched = result.value();
  if (!isJsonObject(patched)) {
    const type =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    const what = `json: cannot unmarshal ${goValueName(patched)} into Go value of type ${type}`;
    throw result.fault(`couldn't get version/kind; json parse error: ${what}`);
  }
  checkUnchangedType(scope, patched, result);
  try {
    return scope.codec.decode(patched, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw result.fault(error.message);
  }
}

/** fieldValidation of a patch: 422 about the patch as a whole. */
function reportPatch(scope: RequestScope, query: WriteQuery, result: PatchResult, strict: readonly string[]): void {
  if (strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') {
    throw result.fault(`strict decoding error: ${strict.join(', ')}`);
  }
  warnStrict(strict, scope.request.context);
}

function reportApply(scope: RequestScope, query: WriteQuery, patch: ParsedPatch): void {
  if (patch.strict.length === 0 || query.fieldValidation === 'Ignore') return;
  if (query.fieldValidation === 'Strict') {
    const texts = patch.strict.join(', ');
    throw badRequest(`error strict decoding patch: error converting YAML to JSON: ${texts}`);
  }
  warnStrict(patch.strict, scope.request.context);
}

async function applyConfiguration(
  scope: RequestScope,
  env: HandlerEnvironment,
  query: WriteQuery,
  patch: ParsedPatch,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  const applied = structuredClone(patch.value ?? {});
  if (!isJsonObject(applied)) throw new TypeError('a configuration is parsed as an object');
  applied.metadata ??= {};
  const configuration = applied as KubeObject;
  const merged = await env.fieldManagement.apply(scope, live, configuration, query.fieldManager, query.force === true);
  reportApply(scope, query, patch);
  // What was merged fits a custom resource's schema but for nulls, which are for validation to judge.
  const object = scope.definition.custom && scope.whole ? merged : scope.codec.decode(merged, []);
  checkUid(scope, object, live);
  matchUrl(scope, object, true);
  applyDefaults(scope, object);
  return object;
}

/** A configuration that names an object by its uid does not make another. @throws StatusError 409 */
function checkUid(scope: RequestScope, object: KubeObject, live: KubeObject | undefined): void {
  const { uid } = object.metadata;
  if (!uid || live?.metadata.uid) return;
  const { group, resource } = scope.definition;
  const cause = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict({ group, resource }, scope.request.info.name, cause);
}
