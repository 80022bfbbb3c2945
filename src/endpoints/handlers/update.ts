import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { UpdateOptions } from '../../registry/rest/storage.js';
import { admissionAttributes } from '../admission-attributes.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { decodeBody, type LaterRefusal, matchUrl } from '../body-decoder.js';
import { applyDefaults, fromHub, toHub } from '../hub.js';
import { mutateWithOwners } from '../owner-references.js';
import { parseWriteQuery, type WriteQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';

/** PUT of an object or of a subresource that sees the whole object. */
export async function handleUpdate(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const output = outputOf(scope, false);
  const query = parseWriteQuery('UpdateOptions', request.query, headerOf(request, 'user-agent'));
  const body = await request.body();
  const later: LaterRefusal = {};
  const contentType = headerOf(request, 'content-type');
  const decoded = decodeBody(scope, body, contentType, query.fieldValidation, request.context, later);
  matchUrl(scope, decoded, true);
  applyDefaults(scope, decoded);
  const { uid } = decoded.metadata;
  let first = true;
  const { view, created } = await scope.storage.update!(
    request.context,
    request.info.name,
    async (existing) => {
      // A lost race runs this again: what the first run changed must not show.
      const object = first ? decoded : decodeBody(scope, body, contentType, 'Ignore', request.context, later);
      if (!first) {
        matchUrl(scope, object, true);
        applyDefaults(scope, object);
      }
      first = false;
      if (later.refusal !== undefined && isOf(object, existing)) throw later.refusal;
      const live = existing === undefined ? undefined : await fromHub(scope, existing);
      const managed = await env.fieldManagement.update(scope, live, object, query.fieldManager);
      const hub = await toHub(scope, managed);
      await mutate(scope, env, query, hub, existing);
      return hub;
    },
    { ...updateOptions(scope, env, query), ...(uid !== undefined && uid !== '' && { uidPrecondition: uid }) },
  );
  return objectAnswer(scope, view, created ? 201 : 200, output);
}

/** Whether the store will not refuse the object by its version. */
function isOf({ metadata }: KubeObject, existing: Readonly<KubeObject> | undefined): boolean {
  return metadata.resourceVersion !== undefined && metadata.resourceVersion === existing?.metadata.resourceVersion;
}

/** Mutating admission of a write that may turn out to create. */
export async function mutate(
  scope: RequestScope,
  env: HandlerEnvironment,
  { options, dryRun }: WriteQuery,
  object: KubeObject,
  oldObject: Readonly<KubeObject> | undefined,
): Promise<void> {
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  await mutateWithOwners(scope, env, operation, { object, oldObject, options, dryRun });
}

/** Validating admission for both outcomes of an update. */
export function updateOptions(
  scope: RequestScope,
  env: HandlerEnvironment,
  { options, dryRun }: WriteQuery,
): UpdateOptions {
  return {
    dryRun,
    validate: (object, oldObject) =>
      env.admission.validate(admissionAttributes(scope, 'UPDATE', { object, oldObject, options, dryRun })),
    validateCreate: (object) =>
      env.admission.validate(admissionAttributes(scope, 'CREATE', { object, options, dryRun })),
  };
}
