import type { UserInfo } from '../apimachinery/meta/user-info.js';
import type { RequestInfo } from '../endpoints/request-info.js';
import type { Attributes } from '../security/authorization/authorizer.js';

const SELECTING_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * What authorizers are asked about a request.
 * @param request whose query is read for verbs that select
 */
export function requestAttributes(
  info: RequestInfo,
  user: UserInfo,
  request: { readonly query: URLSearchParams },
): Attributes {
  const attributes: Attributes = {
    user,
    verb: info.verb,
    resourceRequest: info.isResourceRequest,
    namespace: info.namespace,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    name: info.name,
    path: info.path,
  };
  if (!info.isResourceRequest || !SELECTING_VERBS.has(info.verb)) return attributes;
  const fieldSelector = request.query.get('fieldSelector');
  const labelSelector = request.query.get('labelSelector');
  if (fieldSelector === null && labelSelector === null) return attributes;
  return {
    ...attributes,
    ...(fieldSelector !== null && { fieldSelector }),
    ...(labelSelector !== null && { labelSelector }),
  };
}
