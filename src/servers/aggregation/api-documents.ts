import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import type { DiscoveryHandler } from '../../endpoints/discovery/discovery-handler.js';
import type { OpenApiHandler } from '../../endpoints/openapi/openapi-handler.js';
import { ISSUER_DOCUMENT_CACHE_CONTROL, type IssuerDocuments } from '../../security/authentication/issuer-discovery.js';

/** What the server says of itself outside the resource tree: discovery, OpenAPI, and the keys of its token issuer. */
export class ApiDocuments {
  constructor(
    private readonly discovery: DiscoveryHandler,
    private readonly openApi: OpenApiHandler,
    private readonly issuer: IssuerDocuments | undefined,
  ) {}

  /** Undefined where the path is none of these. @throws StatusError 404, 405, 406 */
  handle(request: ApiRequest): Answer | Promise<Answer> | undefined {
    const { path } = request;
    if (path.startsWith('/api')) return this.discovery.handle(request);
    if (path.startsWith('/openapi/')) return this.openApi.handle(request);
    return this.issuerDocument(path);
  }

  private issuerDocument(path: string): Answer | undefined {
    if (this.issuer === undefined) return undefined;
    if (path === '/.well-known/openid-configuration') return published('application/json', this.issuer.configuration);
    return path === '/openid/v1/jwks' ? published('application/jwk-set+json', this.issuer.keySet) : undefined;
  }
}

function published(contentType: string, body: Buffer): Answer {
  return { type: 'bytes', status: 200, contentType, headers: { 'cache-control': ISSUER_DOCUMENT_CACHE_CONTROL }, body };
}
