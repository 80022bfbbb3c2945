import { badRequest, forbidden, internalError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { decodeCbor } from '../../apimachinery/runtime/cbor.js';
import { decodeJsonText, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';
import { DecodeError } from '../../apimachinery/schema/decode-builtin.js';
import { forbidUnsafe, IGNORE_READ_ERROR, validateDeleteOptions } from '../../registry/rest/deletion.js';
import type { DeleteOptions } from '../../registry/rest/storage.js';
import { admissionAttributes } from '../admission-attributes.js';
import type { Answer } from '../answer.js';
import { listAnswer, objectAnswer, outputOf, statusAnswer } from '../answer-encoder.js';
import { leadOf, typeMetaFault, typeMetaOf, unregisteredText, wrongTypeText } from '../body-decoder.js';
import { negotiateInput, type OutputMediaType } from '../negotiation.js';
import { decodeProtobufBody } from '../protobuf.js';
import { parseBool, parseInteger, parseListQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { listOptions } from './list.js';

const UNSAFE_VERB = 'unsafe-delete-ignore-read-errors';

/** DELETE of one object: answers the object while it stays, else a Status (or the object, by kind). */
export async function handleDelete(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request, storage, definition } = scope;
  const output = outputOf(scope, false);
  const options = await readDeleteOptions(scope, env);
  validateDeleteOptions(options);
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  const { info, context } = request;
  if (options[IGNORE_READ_ERROR] === true) return deleteUnread(scope, env, output, dryRun);
  const { object, deleted } = await storage.delete!(context, info.name, options, {
    dryRun,
    validate: (oldObject) => admitDeletion(scope, env, options, dryRun, oldObject),
  });
  if (!deleted || definition.strategy?.returnsDeletedObject === true) {
    const status = !deleted && options.orphanDependents === false ? 202 : 200;
    return objectAnswer(scope, object, status, output);
  }
  return statusAnswer(scope, output, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: info.name,
      ...(definition.group !== '' && { group: definition.group }),
      kind: definition.resource,
      uid: object.value().metadata.uid ?? '',
    },
  });
}

/** DELETE of a collection: everything the selectors choose; answers the list of it. */
export async function handleDeleteCollection(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request, storage } = scope;
  const output = outputOf(scope, true);
  const list = listOptions(scope, parseListQuery(request.query, false));
  const options = await readDeleteOptions(scope, env);
  validateDeleteOptions(options);
  forbidUnsafe(options);
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  const result = await storage.deleteCollection!(request.context, options, list, {
    dryRun,
    validate: (oldObject) => admitDeletion(scope, env, options, dryRun, oldObject),
  });
  return listAnswer(scope, result, output);
}

/** Both phases of admission see a deletion once the object is known. */
async function admitDeletion(
  scope: RequestScope,
  env: HandlerEnvironment,
  options: DeleteOptions,
  dryRun: boolean,
  oldObject: Readonly<KubeObject>,
): Promise<void> {
  const name = oldObject.metadata.name ?? '';
  const attributes = admissionAttributes(scope, 'DELETE', { object: undefined, oldObject, options, dryRun, name });
  await env.admission.mutate(attributes);
  await env.admission.validate(attributes);
}

/** What the client wants; the option of an unsafe deletion only where its gate is on. @throws StatusError 400, 415 */
async function readDeleteOptions(scope: RequestScope, env: HandlerEnvironment): Promise<DeleteOptions> {
  const options = await readGivenOptions(scope, env);
  if (env.unsafeDeletion) return options;
  const { [IGNORE_READ_ERROR]: _, ...rest } = options;
  return rest;
}

/** From the body, or else from the query. @throws StatusError 400, 415 */
async function readGivenOptions(scope: RequestScope, env: HandlerEnvironment): Promise<DeleteOptions> {
  const { request } = scope;
  const body = await request.body();
  if (body.length > 0) return decodeDeleteOptions(body, headerOf(request, 'content-type'), env);
  const { query } = request;
  const options: DeleteOptions = {};
  const grace = parseInteger(query.get('gracePeriodSeconds'));
  if (grace !== undefined) options.gracePeriodSeconds = grace;
  const orphan = parseBool(query.get('orphanDependents'));
  if (orphan !== undefined) options.orphanDependents = orphan;
  const policy = query.get('propagationPolicy');
  if (policy !== null) options.propagationPolicy = policy;
  const dryRun = query.getAll('dryRun');
  if (dryRun.length > 0) options.dryRun = dryRun;
  if (parseBool(query.get(IGNORE_READ_ERROR)) === true) options[IGNORE_READ_ERROR] = true;
  const uid = query.get('uid') || undefined;
  const resourceVersion = query.get('resourceVersion') || undefined;
  if (uid !== undefined || resourceVersion !== undefined) {
    options.preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  }
  return options;
}

function decodeDeleteOptions(body: Buffer, contentType: string | undefined, env: HandlerEnvironment): DeleteOptions {
  const mediaType = negotiateInput(contentType, env.cbor);
  const { codec } = env.deleteOptions;
  try {
    const value =
      mediaType === 'protobuf'
        ? decodeProtobufBody(env.deleteOptions, body)
        : mediaType === 'yaml'
          ? parseYamlDocument(body, [])
          : mediaType === 'cbor'
            ? decodeCbor(body)
            : decodeJsonText(body, []);
    if (value === null) return {};
    if (!isJsonObject(value)) throw badRequest(wrongTypeText(value, mediaType));
    checkKind(value);
    const { kind: _kind, apiVersion: _apiVersion, ...options } = codec.decode(value, []) as JsonObject;
    return options as DeleteOptions;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw badRequest(`${error instanceof DecodeError ? '' : leadOf(mediaType)}${error.message}`);
  }
}

/**
 * A deletion that skips preconditions, finalizers and admission is for objects that cannot be read, and needs a verb of its own.
 * @throws StatusError 403, 404, 409
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#force-deletion
 */
async function deleteUnread(
  scope: RequestScope,
  env: HandlerEnvironment,
  output: OutputMediaType,
  dryRun: boolean,
): Promise<Answer> {
  const { request, storage, kind } = scope;
  if (storage.deleteCorrupt === undefined) {
    throw internalError(`no unsafe deleter provided, can not honor ${IGNORE_READ_ERROR}`);
  }
  await authorizeUnsafeDeletion(scope, env);
  const { name } = request.info;
  await storage.deleteCorrupt(request.context, name, { dryRun });
  return statusAnswer(scope, output, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, kind: kind.kind },
    code: 200,
  });
}

/** @throws StatusError 403 */
async function authorizeUnsafeDeletion({ request }: RequestScope, env: HandlerEnvironment): Promise<void> {
  const { info, user } = request;
  const { namespace, name, group, version, resource, subresource, path } = info;
  const on = { group, resource };
  if (subresource !== '') {
    throw forbidden(
      on,
      name,
      `${IGNORE_READ_ERROR} delete option is not allowed on a subresource or non-resource request`,
    );
  }
  const { decision, reason } = await env.authorizer.authorize({
    user,
    verb: UNSAFE_VERB,
    resourceRequest: true,
    ...{ namespace, group, version, resource, subresource, name, path },
  });
  if (decision !== 'allow') throw forbidden(on, name, `not permitted to do "${UNSAFE_VERB}", reason: ${reason}`);
}

const META = 'meta.k8s.io';
/** Types that the decoder of options knows under `v1`, as which a body may be given though it is none of options. */
const OTHER_TYPES = new Set(['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList']);

/** Options may be of any group version; what has no version is of meta.k8s.io/v1. @throws StatusError 400 */
function checkKind(value: JsonObject): void {
  const unreadable = typeMetaFault(value);
  if (unreadable !== undefined) throw badRequest(unreadable);
  const { kind, apiVersion } = typeMetaOf(value);
  if (kind === '' || kind === 'DeleteOptions') return;
  if (apiVersion === 'v1' && OTHER_TYPES.has(kind)) {
    throw badRequest(`converting (v1.${kind}) to (v1.DeleteOptions): unknown conversion`);
  }
  throw badRequest(unregisteredText(kind, apiVersion === '' ? `${META}/v1` : apiVersion));
}
