import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import type { ApiRegistrations } from '../../endpoints/discovery/api-registrations.js';
import type { DiscoveryHandler } from '../../endpoints/discovery/discovery-handler.js';
import { pathIndex } from '../../endpoints/discovery/path-index.js';
import { headerOf } from '../../endpoints/handlers/headers.js';
import { unrouted } from '../../endpoints/negotiation.js';
import type { OpenApiHandler } from '../../endpoints/openapi/openapi-handler.js';
import { methodNotAllowed } from '../../endpoints/request-scope.js';
import { ISSUER_DOCUMENT_CACHE_CONTROL, type IssuerDocuments } from '../../security/authentication/issuer-discovery.js';

const ISSUER_CONFIGURATION = '/.well-known/openid-configuration';
const ISSUER_KEYS = '/openid/v1/jwks';

/** What the server says of itself outside the resource tree: discovery, OpenAPI, and the keys of its token issuer. */
export class ApiDocuments {
  constructor(
    private readonly discovery: DiscoveryHandler,
    private readonly openApi: OpenApiHandler,
    private readonly issuer: IssuerDocuments | undefined,
    private readonly registrations: ApiRegistrations,
  ) {}

  /** Undefined where the path is none of these. @throws StatusError 404, 405, 406 */
  handle(request: ApiRequest): Answer | Promise<Answer> | undefined {
    const { path } = request;
    if (path.startsWith('/api')) return this.discovery.handle(request);
    if (path.startsWith('/openapi/')) return this.openApi.handle(request);
    if (path === '/' || path === '/index.html') return this.index();
    return this.issuerDocument(request);
  }

  private index(): Answer {
    const more = this.issuer === undefined ? [] : [ISSUER_CONFIGURATION, ISSUER_KEYS];
    return pathIndex(this.registrations.list(), more);
  }

  private issuerDocument(request: ApiRequest): Answer | undefined {
    if (this.issuer === undefined) return undefined;
    if (request.path === ISSUER_CONFIGURATION) return published(request, 'application/json', this.issuer.configuration);
    if (request.path === ISSUER_KEYS) return published(request, 'application/jwk-set+json', this.issuer.keySet);
    return undefined;
  }
}

/** @throws StatusError 405, 406 */
function published(request: ApiRequest, contentType: string, body: Buffer): Answer {
  if (request.method !== 'GET') throw methodNotAllowed();
  const refusal = unrouted(headerOf(request, 'accept'), [contentType]);
  if (refusal !== undefined) throw refusal;
  return { type: 'bytes', status: 200, contentType, headers: { 'cache-control': ISSUER_DOCUMENT_CACHE_CONTROL }, body };
}
