import { badRequest, resourceNotFound, type StatusError } from '../apimachinery/errors/status-error.js';
import type { Lookup } from '../registry/resource-registry.js';
import type { RestStorage } from '../registry/rest/storage.js';
import type { Answer } from './answer.js';
import type { ApiRequest } from './api-request.js';
import { handleConnect } from './handlers/connect.js';
import { handleCreate } from './handlers/create.js';
import { handleDelete, handleDeleteCollection } from './handlers/delete.js';
import { handleGet } from './handlers/get.js';
import type { HandlerEnvironment } from './handlers/handler-environment.js';
import { headerOf } from './handlers/headers.js';
import { handleList } from './handlers/list.js';
import { handlePatch } from './handlers/patch.js';
import { handleUpdate } from './handlers/update.js';
import { handleWatch } from './handlers/watch.js';
import { negotiatePatch } from './negotiation.js';
import { isCreateOnly, methodNotAllowed, type RequestScope, scopeOf } from './request-scope.js';

type Handle = (scope: RequestScope, env: HandlerEnvironment) => Answer | Promise<Answer>;

/** Verb of the request -> what the storage must be able to do, and who does it. */
const VERBS: Readonly<Record<string, { readonly needs: readonly (keyof RestStorage)[]; readonly handle: Handle }>> = {
  get: { needs: ['get'], handle: handleGet },
  list: { needs: ['list'], handle: handleList },
  watch: { needs: ['watch'], handle: handleWatch },
  create: { needs: ['create'], handle: handleCreate },
  update: { needs: ['update'], handle: handleUpdate },
  patch: { needs: ['get', 'update'], handle: handlePatch },
  delete: { needs: ['delete'], handle: handleDelete },
  deletecollection: { needs: ['deleteCollection'], handle: handleDeleteCollection },
};

const NAMED_WRITES = new Set(['update', 'patch']);

/** Verbs that act on a named object. */
const NAMED = new Set(['get', 'update', 'patch', 'delete']);

/**
 * Answers a request for a registered resource: finds the subresource and the verb's handler.
 * @throws StatusError 404 for unknown subresources, 405 for verbs that are not served
 */
export class ResourceHandler {
  constructor(private readonly env: HandlerEnvironment) {}

  handle(request: ApiRequest, lookup: Lookup): Answer | Promise<Answer> {
    const scope = scopeOf(request, lookup, this.env);
    if (scope.storage.connection !== undefined) return handleConnect(scope, this.env);
    const verb = VERBS[request.info.verb];
    // No route of a built-in kind takes HEAD, though its verb is get or list; custom resources go by the verb alone.
    if (request.method === 'HEAD' && !scope.definition.custom) throw methodNotAllowed();
    // Nor does one of the old paths below `watch/` take anything but GET.
    if (request.info.verb === 'watch' && request.method !== 'GET' && !scope.definition.custom) throw methodNotAllowed();
    if (scope.definition.custom && NAMED_WRITES.has(request.info.verb) && request.info.name === '')
      throw nameless(scope);
    if (isUnknownName(scope)) throw resourceNotFound();
    if (verb === undefined || verb.needs.some((need) => scope.storage[need] === undefined) || !fits(scope)) {
      throw methodNotAllowed();
    }
    const { deprecationWarning } = scope.version;
    if (deprecationWarning !== undefined) {
      // A patch of a kind that the endpoint does not take gets no further than the router.
      if (request.info.verb === 'patch') negotiatePatch(headerOf(request, 'content-type'), false, scope.cbor);
      request.context.warn(deprecationWarning);
    }
    return verb.handle(scope, this.env);
  }
}

/** The router of custom resources lets writes to a collection through: a patch is first asked what it is. */
function nameless({ request, cbor }: RequestScope): StatusError {
  if (request.info.verb === 'patch') negotiatePatch(headerOf(request, 'content-type'), true, cbor);
  return badRequest('name must be provided');
}

/** Reviews are made and never kept: there is no path of a named one. */
function isUnknownName({ request, subresource, storage }: RequestScope): boolean {
  return subresource === undefined && pathName(request) !== '' && isCreateOnly(storage);
}

/** Whether the path is of the form that the verb acts on. */
function fits({ request, definition, subresource }: RequestScope): boolean {
  const { verb, name, namespace } = request.info;
  if (NAMED.has(verb)) return name !== '';
  if (verb === 'list') return pathName(request) === '';
  // Nobody empties all namespaces at once.
  if (verb === 'deletecollection') return name === '' && (!definition.namespaced || namespace !== '');
  if (verb !== 'create') return true;
  if (subresource !== undefined) return name !== '';
  // Upstream lets a name stand in the path of a custom resource's creation: the body's own counts.
  return (name === '' || definition.custom) && (!definition.namespaced || namespace !== '');
}

/** The name in the path itself; a list takes `info.name` from its field selector. */
function pathName({ info }: ApiRequest): string {
  return info.parts[1] ?? '';
}
