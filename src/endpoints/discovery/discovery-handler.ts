import { createHash } from 'node:crypto';
import { resourceNotFound, StatusError } from '../../apimachinery/errors/status-error.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { encodeCbor } from '../../apimachinery/runtime/cbor.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import { formatYaml } from '../../apimachinery/runtime/yaml.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import {
  acceptFirst,
  CONTENT_TYPES,
  DISCOVERY_ENDPOINT,
  type MediaType,
  negotiateOutput,
  type OutputEndpoint,
  wantsPretty,
  withCbor,
} from '../negotiation.js';
import { type ApiRegistrations, type GroupRegistrations, orderGroups } from './api-registrations.js';
import { encodeDiscoveryProtobuf } from './discovery-protobuf.js';
import {
  AGGREGATED_KIND,
  apiGroup,
  apiGroupDiscovery,
  apiGroupDiscoveryList,
  apiGroupList,
  apiResourceDiscovery,
  apiResourceList,
  apiVersionDiscovery,
  apiVersions,
} from './documents.js';
import { type ListedResource, type ResourceFacts, ResourceListing } from './resource-listing.js';

export interface DiscoverySettings {
  /** What is on record about built-in resources: the catalogue's list. */
  readonly facts: readonly ResourceFacts[];
  /** `host:port` that /api gives as the server's address. */
  readonly serverAddress: () => string;
  /** Whether the server writes CBOR. */
  readonly cbor: boolean;
}

/** Encoded documents kept for one state of the API; beyond it the cache starts afresh. */
const CACHED_DOCUMENTS_MAX = 4096;

/** Discovery of what no router stands before: group lists, groups, and the versions of custom groups. */
const UNROUTED_ENDPOINT: OutputEndpoint = { protobuf: true, table: false, partialMetadata: false };

interface Encoded {
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * Answers /api, /apis and what lies above resources under them, legacy and aggregated. Documents are made from the registry
 * when first asked for, kept as bytes by encoding, and dropped when anything in the API changes.
 */
export class DiscoveryHandler {
  private readonly listing: ResourceListing;
  private readonly encoded = new Map<string, Encoded>();
  private state = '';
  private resources: ReadonlyMap<string, readonly ListedResource[]> = new Map();
  private groups: ReadonlyMap<string, GroupRegistrations> = new Map();
  private builtinGroups: ReadonlySet<string> = new Set();

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly registrations: ApiRegistrations,
    private readonly settings: DiscoverySettings,
  ) {
    this.listing = new ResourceListing(registry, settings.facts);
  }

  /**
   * The answer to a discovery request; undefined where the path is none, or is that of a group or version nobody serves here.
   * @throws StatusError 404 for an unknown version of a built-in group, 405, 406
   */
  handle(request: ApiRequest): Answer | undefined {
    const parts = request.path.split('/').slice(1);
    if (parts.length > 1 && parts.at(-1) === '') parts.pop();
    if (parts.length > 3 || (parts[0] !== 'api' && parts[0] !== 'apis') || parts.includes('')) return undefined;
    this.refresh();
    if (parts[0] === 'api') return this.core(request, parts);
    if (parts.length === 1) return this.groupList(request);
    return parts.length === 2 ? this.group(request, parts[1]!) : this.version(request, parts[1]!, parts[2]!);
  }

  private core(request: ApiRequest, parts: readonly string[]): Answer | undefined {
    if (parts.length > 2) return undefined;
    if (parts.length === 2) return this.version(request, '', parts[1]!);
    requireGet(request);
    const aggregated = aggregatedMediaType(request, this.settings.cbor);
    if (aggregated !== undefined) return this.aggregated(request, aggregated, () => this.aggregatedCore());
    return this.legacy(request, DISCOVERY_ENDPOINT, '/api', () => apiVersions(this.settings.serverAddress()));
  }

  private groupList(request: ApiRequest): Answer {
    const aggregated = request.path.endsWith('/') ? undefined : aggregatedMediaType(request, this.settings.cbor);
    if (aggregated !== undefined) return this.aggregated(request, aggregated, () => this.aggregatedGroups());
    return this.legacy(request, UNROUTED_ENDPOINT, '/apis', () =>
      apiGroupList(orderGroups(this.registrations.list(), 'legacy')),
    );
  }

  private group(request: ApiRequest, name: string): Answer | undefined {
    const group = this.groups.get(name);
    if (group === undefined) return undefined;
    return this.legacy(request, UNROUTED_ENDPOINT, `/apis/${name}`, () => apiGroup(group));
  }

  private version(request: ApiRequest, group: string, version: string): Answer | undefined {
    const key = group === '' ? version : `${group}/${version}`;
    const resources = this.resources.get(key);
    if (resources === undefined) {
      if (this.builtinGroups.has(group)) throw resourceNotFound();
      return undefined;
    }
    const routed = resources.some((resource) => !resource.custom);
    if (routed) requireGet(request);
    return this.legacy(request, routed ? DISCOVERY_ENDPOINT : UNROUTED_ENDPOINT, `/version/${key}`, () =>
      apiResourceList(group, version, resources),
    );
  }

  private legacy(request: ApiRequest, endpoint: OutputEndpoint, key: string, document: () => JsonObject): Answer {
    const output = negotiateOutput(header(request, 'accept'), withCbor(endpoint, this.settings.cbor));
    const pretty = wantsPretty(output, request.query, header(request, 'user-agent'));
    const { body } = this.encode(key, output.mediaType, pretty, document);
    return { type: 'bytes', status: 200, contentType: CONTENT_TYPES[output.mediaType], body };
  }

  private aggregated(request: ApiRequest, { mediaType, pretty }: AggregatedForm, document: () => JsonObject): Answer {
    const indent = pretty || wantsPretty(NOT_PRETTY, request.query, header(request, 'user-agent'));
    const { body, etag } = this.encode(`aggregated ${request.path.replace(/\/$/, '')}`, mediaType, indent, document);
    const headers = { etag, vary: 'Accept', 'cache-control': 'public' };
    const { group, version, kind } = AGGREGATED_KIND;
    const contentType = `${CONTENT_TYPES[mediaType]};g=${group};v=${version};as=${kind}`;
    if (header(request, 'if-none-match') === etag) {
      return { type: 'bytes', status: 304, contentType, headers, body: EMPTY };
    }
    return { type: 'bytes', status: 200, contentType, headers, body };
  }

  private aggregatedCore(): JsonObject {
    const versions = ['v1'].filter((version) => this.resources.has(version));
    return apiGroupDiscoveryList(versions.length === 0 ? [] : [apiGroupDiscovery('', [this.localVersion('', 'v1')])]);
  }

  private aggregatedGroups(): JsonObject {
    return apiGroupDiscoveryList(
      orderGroups(this.registrations.list(), 'aggregated').map(({ group, versions }) =>
        apiGroupDiscovery(
          group,
          versions.map(({ version, remote }) =>
            remote === undefined
              ? this.localVersion(group, version)
              : apiVersionDiscovery(version, [...remote.resources], remote.stale),
          ),
        ),
      ),
    );
  }

  /** A version that is registered as local but that nothing serves is shown stale. */
  private localVersion(group: string, version: string): JsonObject {
    const resources = this.resources.get(group === '' ? version : `${group}/${version}`);
    const listed = (resources ?? []).map((resource) => apiResourceDiscovery({ group, version }, resource));
    return apiVersionDiscovery(version, listed, resources === undefined);
  }

  private encode(key: string, mediaType: MediaType, pretty: boolean, document: () => JsonObject): Encoded {
    const cacheKey = `${mediaType}${pretty ? ' pretty' : ''} ${key}`;
    let encoded = this.encoded.get(cacheKey);
    if (encoded === undefined) {
      encoded = this.encodeDocument(mediaType, pretty, document());
      if (this.encoded.size >= CACHED_DOCUMENTS_MAX) this.encoded.clear();
      this.encoded.set(cacheKey, encoded);
    }
    return encoded;
  }

  private encodeDocument(mediaType: MediaType, pretty: boolean, document: JsonObject): Encoded {
    const json = encodeJson(document);
    const etag = `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"`;
    if (mediaType === 'protobuf') return { body: encodeDiscoveryProtobuf(document), etag };
    if (mediaType === 'yaml') return { body: Buffer.from(formatYaml(document)), etag };
    if (mediaType === 'cbor') return { body: encodeCbor(document), etag };
    return { body: Buffer.from(pretty ? JSON.stringify(document, undefined, 2) : `${json}\n`), etag };
  }

  private refresh(): void {
    const state = `${this.registry.generation} ${this.registrations.generation}`;
    if (state === this.state) return;
    this.state = state;
    this.encoded.clear();
    this.resources = this.listing.byGroupVersion();
    const groups = orderGroups(this.registrations.list(), 'legacy');
    this.groups = new Map(groups.map((group) => [group.group, group]));
    this.builtinGroups = new Set([...this.registry.all('core')].map(({ definition }) => definition.group));
  }
}

const EMPTY = Buffer.alloc(0);
const NOT_PRETTY = { mediaType: 'json', transform: 'none', transformVersion: '', pretty: false } as const;

interface AggregatedForm {
  readonly mediaType: MediaType;
  readonly pretty: boolean;
}

/** How aggregated discovery was asked for; it wins over plain JSON wherever it stands in the header. */
function aggregatedMediaType(request: ApiRequest, cbor: boolean): AggregatedForm | undefined {
  const accept = header(request, 'accept');
  if (accept === undefined || !accept.includes(AGGREGATED_KIND.kind)) return undefined;
  return acceptFirst(accept, (mediaType, params) =>
    (cbor || mediaType !== 'cbor') &&
    params.get('as') === AGGREGATED_KIND.kind &&
    params.get('g') === AGGREGATED_KIND.group &&
    params.get('v') === AGGREGATED_KIND.version
      ? { mediaType, pretty: params.get('pretty') === '1' }
      : undefined,
  );
}

function requireGet(request: ApiRequest): void {
  if (request.method === 'GET') return;
  throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
