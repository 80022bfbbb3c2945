import type { KubeObject } from '../../apimachinery/meta/object.js';
import { admissionAttributes } from '../admission-attributes.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { decodeBody, matchUrl } from '../body-decoder.js';
import { applyDefaults, toHub } from '../hub.js';
import { mutateWithOwners } from '../owner-references.js';
import { parseWriteQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';

/** Nothing is made that is being deleted, nor does anybody own that it were. */
function dropDeletion({ metadata }: KubeObject): void {
  if (metadata.deletionTimestamp !== undefined) delete metadata.deletionTimestamp;
  if (metadata.deletionGracePeriodSeconds !== undefined) delete metadata.deletionGracePeriodSeconds;
}

/** POST to a collection, or to a subresource that creates (binding, eviction, token). */
export async function handleCreate(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request } = scope;
  const output = outputOf(scope, false);
  const query = parseWriteQuery('CreateOptions', request.query, headerOf(request, 'user-agent'));
  const body = await request.body();
  const decoded = decodeBody(scope, body, headerOf(request, 'content-type'), query.fieldValidation, request.context);
  matchUrl(scope, decoded, false);
  dropDeletion(decoded);
  applyDefaults(scope, decoded);
  const managed = await env.fieldManagement.update(scope, undefined, decoded, query.fieldManager);
  const object = await toHub(scope, managed);
  const { dryRun, options } = query;
  await mutateWithOwners(scope, env, 'CREATE', { object, options, dryRun });
  const view = await scope.storage.create!(request.context, request.info.name, object, {
    dryRun,
    validate: (final) =>
      env.admission.validate(admissionAttributes(scope, 'CREATE', { object: final, options, dryRun })),
  });
  return objectAnswer(scope, view, 201, output);
}
