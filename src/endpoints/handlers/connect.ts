import { badRequest, forbidden } from '../../apimachinery/errors/status-error.js';
import type { Connection } from '../../registry/rest/storage.js';
import { admissionAttributes } from '../admission-attributes.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { methodNotAllowed, type RequestScope } from '../request-scope.js';
import type { HandlerEnvironment } from './handler-environment.js';

/** Segments of the path before what is asked of the other side: `api/v1/nodes/NAME/proxy`, with a namespace two more. */
const SEGMENTS = 5;
const NAMESPACE_SEGMENTS = 2;

/** Any request to a subresource that leads elsewhere. @throws StatusError 405, and what the connection refuses */
export async function handleConnect(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request, storage } = scope;
  const { info, query, context } = request;
  const connection = storage.connection!;
  if (!connection.methods.includes(request.method) || info.name === '') throw methodNotAllowed();
  const path = pathBehind(request);
  const asked = { query, path, search: request.url.slice(request.url.split('?', 1)[0]!.length) };
  if (connection.type !== 'log') {
    if (query.get('dryRun')) throw badRequest('dryRun is not supported');
    await admit(scope, env, connection, asked);
  }
  if (connection.type === 'stream') await requireCreate(request, env);
  const target = await connection.locate(context, info.name, asked);
  return env.connectProxy.answer(request, connection.type, target, path);
}

/** As sent, since slashes and dots may be written in several ways. */
function pathBehind({ url, info }: ApiRequest): string {
  const path = url.split('?', 1)[0]!;
  const before = SEGMENTS + (info.namespace === '' ? 0 : NAMESPACE_SEGMENTS);
  const match = new RegExp(`^/+(?:[^/]+/+){${before - 1}}[^/]+`).exec(path);
  return match === null ? '' : path.slice(match[0].length);
}

async function admit(
  scope: RequestScope,
  { admission }: HandlerEnvironment,
  connection: Connection,
  asked: Parameters<Connection['options']>[0],
): Promise<void> {
  const object = connection.options(asked);
  const attributes = admissionAttributes(scope, 'CONNECT', { object, options: {}, dryRun: false });
  const kind = { group: '', version: 'v1', kind: String(object['kind']) };
  await admission.mutate({ ...attributes, kind });
  await admission.validate({ ...attributes, kind });
}

/**
 * A WebSocket begins with a GET, which is authorized as `get`: whoever may only read must not run commands.
 * @see https://github.com/kubernetes/kubernetes/issues/133515
 */
async function requireCreate({ info, user }: ApiRequest, { authorizer }: HandlerEnvironment): Promise<void> {
  if (info.verb === 'create') return;
  const { namespace, group, version, resource, subresource, name, path } = info;
  const { decision, reason } = await authorizer.authorize({
    user,
    verb: 'create',
    resourceRequest: true,
    ...{ namespace, group, version, resource, subresource, name, path },
  });
  if (decision !== 'allow') throw forbidden({ group, resource }, name, reason);
}
