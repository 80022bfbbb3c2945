import { notAcceptable, StatusError, unsupportedMediaType } from '../apimachinery/errors/status-error.js';
import { type AcceptParams, matches, NO_PARAMS, parseAccept } from './accept-header.js';

/**
 * Content negotiation with kube-apiserver's rules and texts: its Accept parser (quality first, then specific before
 * wildcard), its media type parameters (`as`, `g`, `v`, `stream`, `pretty`, `profile`) and its two refusals, one of the router
 * and one of the encoder. Parsed headers are remembered, so the usual ones cost a map lookup.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
export type MediaType = 'json' | 'yaml' | 'protobuf' | 'cbor';

export type Transform = 'none' | 'table' | 'partialMetadata' | 'partialMetadataList';

/** How an answer is to be written. */
export interface OutputMediaType {
  readonly mediaType: MediaType;
  readonly transform: Transform;
  /** Version of meta.k8s.io that a transformed answer is in: `v1` or `v1beta1`; '' without a transform. */
  readonly transformVersion: '' | 'v1' | 'v1beta1';
  /** The Accept header's own `pretty=1`; see {@link wantsPretty} for the query's. */
  readonly pretty: boolean;
}

/** What an endpoint can answer with. Use the constants below: results are remembered per endpoint object. */
export interface OutputEndpoint {
  /** False for custom resources, whose objects have no protobuf form (their metadata has). */
  readonly protobuf: boolean;
  readonly table: boolean;
  readonly partialMetadata: boolean;
  /** True where the server serves CBOR: see {@link withCbor}. */
  readonly cbor?: true;
  /**
   * What the router lists when no type in the header is served at all; undefined where requests do not pass the router
   * (custom resources, errors).
   */
  readonly representations?: readonly string[];
}

export const CONTENT_TYPES: Readonly<Record<MediaType, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
  cbor: 'application/cbor',
};
export const CBOR_SEQUENCE = 'application/cbor-seq';

export const PATCH_CONTENT_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export const APPLY_CBOR = 'application/apply-patch+cbor';

export type PatchType = keyof typeof PATCH_CONTENT_TYPES;

/** A patch and what it is written in. */
export interface PatchForm {
  readonly type: PatchType;
  readonly cbor: boolean;
}

const MEDIA_TYPES: readonly MediaType[] = ['json', 'yaml', 'protobuf', 'cbor'];
const ACCEPTED = [CONTENT_TYPES.json, CONTENT_TYPES.yaml, CONTENT_TYPES.protobuf];
const accepted = (cbor: boolean | undefined): string[] => (cbor ? [...ACCEPTED, CONTENT_TYPES.cbor] : ACCEPTED);
const STREAMED = [`${CONTENT_TYPES.json};stream=watch`, `${CONTENT_TYPES.protobuf};stream=watch`];

/** One built-in object: get, create, update, patch, delete. */
export const OBJECT_ENDPOINT: OutputEndpoint = {
  protobuf: true,
  table: true,
  partialMetadata: true,
  representations: ACCEPTED,
};
/** What is made and not kept: nobody has cells for it. */
export const CREATE_ONLY_ENDPOINT: OutputEndpoint = { ...OBJECT_ENDPOINT, table: false };
/** Lists (and watches) of built-in objects. */
export const LIST_ENDPOINT: OutputEndpoint = { ...OBJECT_ENDPOINT, representations: [...ACCEPTED, ...STREAMED] };
/** Custom resources, singly and in lists. */
export const CUSTOM_RESOURCE_ENDPOINT: OutputEndpoint = { protobuf: false, table: true, partialMetadata: true };
/** The scale of custom resources, which has types of its own but is not routed. */
export const CUSTOM_SUBRESOURCE_ENDPOINT: OutputEndpoint = { protobuf: true, table: true, partialMetadata: true };
/** Group, version and resource lists; nothing is transformed. */
export const DISCOVERY_ENDPOINT: OutputEndpoint = {
  protobuf: true,
  table: false,
  partialMetadata: false,
  representations: ACCEPTED,
};
const STATUS_ENDPOINT: OutputEndpoint = { protobuf: true, table: false, partialMetadata: false };

const withCborToo = new WeakMap<OutputEndpoint, OutputEndpoint>();

/** The endpoint of a server that serves CBOR too, or as it is. Results are remembered, so each stays one object. */
export function withCbor(endpoint: OutputEndpoint, served: boolean): OutputEndpoint {
  if (!served) return endpoint;
  let wider = withCborToo.get(endpoint);
  if (wider === undefined) {
    const { representations } = endpoint;
    wider = {
      ...endpoint,
      cbor: true,
      ...(representations && { representations: representationsOf(representations) }),
    };
    withCborToo.set(endpoint, wider);
  }
  return wider;
}

/** CBOR comes after the other types, and its sequences after the other streams. */
function representationsOf(representations: readonly string[]): string[] {
  const streams = representations.filter((type) => !ACCEPTED.includes(type));
  return [...accepted(true), ...streams, ...(streams.length > 0 ? [CBOR_SEQUENCE] : [])];
}

/** Distinct Accept headers remembered for each endpoint; then the memory starts afresh. */
const REMEMBERED_HEADERS_MAX = 256;
/** Longer headers are parsed each time and not kept. */
const REMEMBERED_HEADER_CHARS_MAX = 512;

type Negotiated = OutputMediaType | StatusError;
const remembered = new WeakMap<OutputEndpoint, Map<string, Negotiated>>();

/**
 * The form of the answer to a request with this Accept header ('' or undefined: JSON).
 * @throws StatusError 406 when nothing in the header can be served
 */
export function negotiateOutput(accept: string | undefined, endpoint: OutputEndpoint): OutputMediaType {
  const result = lookup(accept ?? '', endpoint);
  if (result instanceof StatusError) throw result;
  return result;
}

/**
 * As {@link negotiateOutput} for a watch, which has no YAML form.
 * @throws StatusError 406, naming the streamable types when YAML was asked for
 */
export function negotiateWatch(accept: string | undefined, endpoint: OutputEndpoint): OutputMediaType {
  const output = negotiateOutput(accept, endpoint);
  if (output.mediaType === 'yaml') throw onlyAccepted(endpoint.cbor ? [...STREAMED, CBOR_SEQUENCE] : STREAMED);
  return output;
}

/** The form of a Status that tells of a failure: what the header asks for if it can be had, else JSON over several lines. */
export function negotiateStatus(accept: string | undefined, cbor = false): OutputMediaType {
  const result = lookup(accept ?? '', withCbor(STATUS_ENDPOINT, cbor));
  return result instanceof StatusError ? FALLBACK : result;
}

/** Content type of a watch: JSON frames are plain JSON to clients, others say that they are a stream. */
export function watchContentType(mediaType: MediaType): string {
  if (mediaType === 'cbor') return CBOR_SEQUENCE;
  return mediaType === 'json' ? CONTENT_TYPES.json : `${CONTENT_TYPES[mediaType]};stream=watch`;
}

/** Whether JSON goes over several lines: the header's `pretty=1`, else the query's `pretty`, else for browsers and curl. */
export function wantsPretty(output: OutputMediaType, query: URLSearchParams, userAgent: string | undefined): boolean {
  if (output.pretty) return true;
  const asked = query.get('pretty');
  if (asked !== null && asked !== '') return TRUE_WORDS.has(asked);
  return userAgent !== undefined && /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/** What Go's ParseBool takes for true. */
const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** Parameters as Go's parser takes them: names with values, nothing else between the semicolons but at the end. */
const WELL_FORMED_PARAMS = /^[^;]*(?:;\s*[^\s;="]+=(?:"(?:[^"\\]|\\.)*"|[^\s;="]+)\s*)*;?\s*$/;

/**
 * Encoding of a request body ('' or undefined: JSON).
 * @throws StatusError 415 naming the types a body may have
 */
export function negotiateInput(contentType: string | undefined, cbor = false): MediaType {
  const given = contentType === undefined || contentType === '' ? CONTENT_TYPES.json : contentType;
  const type = given.split(';', 1)[0]!.trim().toLowerCase();
  if (type.length < given.length && !WELL_FORMED_PARAMS.test(given)) throw unknownBody(accepted(cbor));
  for (const mediaType of MEDIA_TYPES) {
    if (CONTENT_TYPES[mediaType] === type && (cbor || mediaType !== 'cbor')) return mediaType;
  }
  throw unknownBody(accepted(cbor));
}

/**
 * Kind of a patch by its Content-Type. Built-in kinds refuse others in the router, custom resources (which have no
 * strategic merge) in the handler, with different texts.
 * @throws StatusError 415
 */
export function negotiatePatch(contentType: string | undefined, custom: boolean, cbor = false): PatchForm {
  const type = (contentType ?? '').split(';', 1)[0]!.trim();
  if (cbor && type === APPLY_CBOR) return { type: 'apply', cbor: true };
  const patch = PATCH_TYPES.get(type);
  if (patch !== undefined && !(custom && patch === 'strategic')) return { type: patch, cbor: false };
  if (custom) {
    const { json, merge, apply } = PATCH_CONTENT_TYPES;
    throw unknownBody([json, merge, apply, ...(cbor ? [APPLY_CBOR] : [])]);
  }
  throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map(
  (Object.keys(PATCH_CONTENT_TYPES) as PatchType[]).map((patch) => [PATCH_CONTENT_TYPES[patch], patch]),
);

const FALLBACK: OutputMediaType = { mediaType: 'json', transform: 'none', transformVersion: '', pretty: true };

function unknownBody(types: readonly string[]): StatusError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}

function onlyAccepted(types: readonly string[]): StatusError {
  return notAcceptable(`only the following media types are accepted: ${types.join(', ')}`);
}

function lookup(accept: string, endpoint: OutputEndpoint): Negotiated {
  let known = remembered.get(endpoint);
  if (known === undefined) {
    known = new Map();
    remembered.set(endpoint, known);
  }
  const old = known.get(accept);
  if (old !== undefined) return old;
  const result = negotiate(accept, endpoint);
  if (accept.length <= REMEMBERED_HEADER_CHARS_MAX) {
    if (known.size >= REMEMBERED_HEADERS_MAX) known.clear();
    known.set(accept, result);
  }
  return result;
}

function negotiate(accept: string, endpoint: OutputEndpoint): Negotiated {
  return (
    unrouted(accept, endpoint.representations) ??
    acceptFirst(accept, (mediaType, params) => outputOf(mediaType, params, endpoint)) ??
    onlyAccepted(accepted(endpoint.cbor))
  );
}

/** What the router says to a request that accepts none of the representations of its route; undefined where it passes. */
export function unrouted(
  accept: string | undefined,
  representations: readonly string[] | undefined,
): StatusError | undefined {
  if (representations === undefined || isRouted(accept ?? '', representations)) return undefined;
  const text = `406: Not Acceptable\n\nAvailable representations: ${representations.join(', ')}`;
  return new StatusError(406, 'NotAcceptable', text, {});
}

/** The router's check: some type of the header, parameters aside, is one the route lists, or is the full wildcard. */
function isRouted(accept: string, representations: readonly string[]): boolean {
  if (accept === '') return true;
  return accept.split(',').some((clause) => {
    const type = trimSpaces(clause.split(';', 1)[0]!);
    return type === '*/*' || representations.includes(type);
  });
}

function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '');
}

/** What one clause of the header gives at the endpoint; undefined where its parameters ask for what is not there. */
function outputOf(mediaType: MediaType, params: AcceptParams, endpoint: OutputEndpoint): OutputMediaType | undefined {
  if (mediaType === 'cbor' && !endpoint.cbor) return undefined;
  const stream = params.get('stream') ?? '';
  if (stream !== '' && (stream !== 'watch' || mediaType === 'yaml')) return undefined;
  const serverVersion = params.get('sv') ?? '';
  if (serverVersion !== '' && !(endpoint.table && serverVersion === 'v1')) return undefined;
  const pretty = params.get('pretty') === '1';
  if (!asksTransform(params)) {
    if (mediaType === 'protobuf' && !endpoint.protobuf) return undefined;
    return { mediaType, transform: 'none', transformVersion: '', pretty };
  }
  const version = params.get('v');
  if (params.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  switch (params.get('as')) {
    case 'Table':
      if (!endpoint.table || mediaType === 'protobuf' || mediaType === 'cbor') return undefined;
      return { mediaType, transform: 'table', transformVersion: version, pretty };
    case 'PartialObjectMetadata':
      if (!endpoint.partialMetadata) return undefined;
      return { mediaType, transform: 'partialMetadata', transformVersion: version, pretty };
    case 'PartialObjectMetadataList':
      if (!endpoint.partialMetadata) return undefined;
      return { mediaType, transform: 'partialMetadataList', transformVersion: version, pretty };
    default:
      return undefined;
  }
}

function asksTransform(params: AcceptParams): boolean {
  return params.has('as') || params.has('g') || params.has('v');
}

/**
 * Offers the header's clauses, best first, each with the server's types that match it, until `choose` takes one. An empty
 * header offers JSON.
 */
export function acceptFirst<T>(
  accept: string,
  choose: (mediaType: MediaType, params: AcceptParams) => T | undefined,
): T | undefined {
  if (accept === '') return choose('json', NO_PARAMS);
  for (const clause of parseAccept(accept)) {
    for (const mediaType of MEDIA_TYPES) {
      if (!matches(clause, CONTENT_TYPES[mediaType])) continue;
      const chosen = choose(mediaType, clause.params);
      if (chosen !== undefined) return chosen;
    }
  }
  return undefined;
}
