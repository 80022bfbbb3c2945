import type { OutgoingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import {
  type DocumentEncoding,
  JsonDocumentEncoding,
  ProtobufDocumentEncoding,
} from '../../apimachinery/openapi/document-encoding.js';
import { encodeOpenApiProtobuf } from '../../apimachinery/openapi/protobuf.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { TimeSlices } from '../../storage/cacher/time-slices.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { OpenApiDocuments, type OpenApiSettings } from './documents.js';

/** Documents of servers behind this one, kept up to date by the aggregation server. */
export abstract class RemoteOpenApi {
  /** Moves with every change. */
  abstract readonly generation: number;
  /** v3 documents by path below /openapi/v3 (`apis/hats.example.com/v1`). */
  abstract v3(): ReadonlyMap<string, { readonly hash: string; load(): Promise<Buffer> | Buffer }>;
  /** v2 documents to be merged into the whole. */
  abstract v2(): readonly JsonObject[];
}

/** Bytes of documents kept; the least recently used go first. */
const CACHE_BYTES_MAX = 16 * 1024 * 1024;
const YEAR_MS = 365 * 24 * 3600 * 1000;
const V3 = '/openapi/v3';
const V2 = '/openapi/v2';
const JSON_TYPE = 'application/json';
const PROTOBUF_TYPES = {
  v2: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  v3: 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf',
} as const;

/**
 * Answers /openapi/v2 and /openapi/v3. Documents are made on demand and kept as bytes within a limit; ETags and hash URLs come
 * from what documents are made of, so that the index costs no documents.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
export class OpenApiHandler {
  private readonly documents: OpenApiDocuments;
  private readonly cache = new Map<string, Buffer>();
  private cachedBytes = 0;
  private readonly making = new Map<string, Promise<Buffer>>();

  constructor(
    registry: ResourceRegistry,
    settings: OpenApiSettings,
    private readonly remote?: RemoteOpenApi,
  ) {
    this.documents = new OpenApiDocuments(registry, settings);
  }

  /** The answer to a request for OpenAPI; undefined for other paths. */
  handle(request: ApiRequest): Answer | Promise<Answer> | undefined {
    const { path } = request;
    if (path === V2) return this.v2(request);
    if (path === V3) return this.index(request);
    return path.startsWith(`${V3}/`) ? this.v3(request, path.slice(V3.length + 1)) : undefined;
  }

  private async index(request: ApiRequest): Promise<Answer> {
    if (header(request, 'if-none-match') === '*') return empty(304);
    const paths: JsonObject = {};
    const add = (path: string, hash: string) => {
      paths[path] = { serverRelativeURL: `${V3}/${path}?hash=${hash}` };
    };
    const slices = new TimeSlices(1);
    for (const path of this.documents.paths()) {
      // It may have gone while others had their turn.
      if (this.documents.has(path)) add(path, this.documents.hash(path));
      if (slices.due()) await slices.pause();
    }
    for (const [path, { hash }] of this.remote?.v3() ?? []) add(path, hash);
    return answer('text/plain; charset=utf-8', Buffer.from(encodeJson({ paths })), {});
  }

  private async v3(request: ApiRequest, path: string): Promise<Answer> {
    const remote = this.remote?.v3().get(path);
    if (remote === undefined && !this.documents.has(path)) return empty(404);
    const contentType = negotiate(header(request, 'accept'), 'v3');
    if (contentType === undefined) return empty(406);
    const hash = remote?.hash ?? this.documents.hash(path);
    const asked = request.query.get('hash') ?? '';
    if (asked !== '' && asked !== hash) return { ...empty(301), headers: { location: `${V3}/${path}?hash=${hash}` } };
    const caching: OutgoingHttpHeaders =
      asked === ''
        ? { 'cache-control': 'no-cache, private' }
        : { 'cache-control': 'public, immutable', expires: new Date(request.receivedAt + YEAR_MS).toUTCString() };
    const headers = { ...caching, etag: `"${hash}"`, vary: 'Accept' };
    if (isKnown(request, hash)) return { ...empty(304), headers };
    return answer(contentType, await this.encodeV3(path, hash, contentType), headers);
  }

  private async encodeV3(path: string, hash: string, contentType: string): Promise<Buffer> {
    const remote = this.remote?.v3().get(path);
    if (contentType === JSON_TYPE && remote !== undefined) return remote.load();
    return this.cached(`${path} ${hash} ${contentType}`, async () => {
      if (remote === undefined) return Buffer.concat(await this.documents.v3(path, encodingOf(contentType, 'v3')));
      return encodeOpenApiProtobuf(JSON.parse((await remote.load()).toString()) as JsonObject, 'v3');
    });
  }

  private async v2(request: ApiRequest): Promise<Answer> {
    const contentType = negotiate(header(request, 'accept'), 'v2');
    if (contentType === undefined) return empty(406);
    const hash = this.documents.wholeHash() + (this.remote === undefined ? '' : `-${this.remote.generation}`);
    const headers = { etag: `"${hash}"`, vary: 'Accept' };
    if (isKnown(request, hash)) return { ...empty(304), headers };
    const more = () => this.remote?.v2() ?? [];
    return answer(contentType, await this.documents.v2(encodingOf(contentType, 'v2'), hash, more), headers);
  }

  /** What is asked for twice at the same time is made once. */
  private cached(key: string, make: () => Promise<Buffer>): Promise<Buffer> | Buffer {
    const known = this.cache.get(key);
    if (known !== undefined) {
      this.cache.delete(key);
      this.cache.set(key, known);
      return known;
    }
    const running = this.making.get(key);
    if (running !== undefined) return running;
    const making = make()
      .then((body) => this.keep(key, body))
      .finally(() => this.making.delete(key));
    this.making.set(key, making);
    return making;
  }

  private keep(key: string, body: Buffer): Buffer {
    this.cache.set(key, body);
    this.cachedBytes += body.length;
    for (const [oldest, { length }] of this.cache) {
      if (this.cachedBytes <= CACHE_BYTES_MAX || oldest === key) break;
      this.cache.delete(oldest);
      this.cachedBytes -= length;
    }
    return body;
  }
}

function encodingOf(contentType: string, flavor: 'v2' | 'v3'): DocumentEncoding {
  return contentType === JSON_TYPE ? new JsonDocumentEncoding(flavor) : new ProtobufDocumentEncoding(flavor);
}

function answer(
  contentType: string,
  body: Buffer | readonly Buffer[],
  headers: OutgoingHttpHeaders,
): Answer & { type: 'bytes' } {
  return { type: 'bytes', status: 200, contentType, headers, body };
}

const EMPTY = Buffer.alloc(0);

/** Refusals here have no body, as the reference's. */
function empty(status: number): Answer & { type: 'bytes' } {
  return { type: 'bytes', status, contentType: '', body: EMPTY };
}

/**
 * Content type of the answer; undefined where nothing in the header can be had. OpenAPI has its own negotiation: the first
 * type that is known counts, any wildcard will do. Older clients write the protobuf type with an @.
 */
function negotiate(accept: string | undefined, flavor: 'v2' | 'v3'): string | undefined {
  if (accept === undefined || accept === '') return JSON_TYPE;
  const protobuf = PROTOBUF_TYPES[flavor];
  for (const clause of accept.split(',')) {
    const type = clause.split(';', 1)[0]!.trim();
    if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return JSON_TYPE;
    if (type.replace('@', '.') === protobuf) return protobuf;
  }
  return undefined;
}

/** If-None-Match as HTTP has it: any of the listed tags, weak or strong, or the star. */
function isKnown(request: ApiRequest, hash: string): boolean {
  const given = header(request, 'if-none-match');
  if (given === undefined) return false;
  return given.trim() === '*' || given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${hash}"`);
}

function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
