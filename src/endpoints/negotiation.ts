import { notAcceptable, StatusError, unsupportedMediaType } from '../apimachinery/errors/status-error.js';

/**
 * Content negotiation with kube-apiserver's rules and texts: its Accept parser (quality first, then specific before
 * wildcard), its media type parameters (`as`, `g`, `v`, `stream`, `pretty`, `profile`) and its two refusals, one of the router
 * and one of the encoder. Parsed headers are remembered, so the usual ones cost a map lookup.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
export type MediaType = 'json' | 'yaml' | 'protobuf';

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
};

export const PATCH_CONTENT_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export type PatchType = keyof typeof PATCH_CONTENT_TYPES;

const MEDIA_TYPES: readonly MediaType[] = ['json', 'yaml', 'protobuf'];
const ACCEPTED = Object.values(CONTENT_TYPES);
const STREAMED = [`${CONTENT_TYPES.json};stream=watch`, `${CONTENT_TYPES.protobuf};stream=watch`];

/** One built-in object: get, create, update, patch, delete. */
export const OBJECT_ENDPOINT: OutputEndpoint = {
  protobuf: true,
  table: true,
  partialMetadata: true,
  representations: ACCEPTED,
};
/** Lists (and watches) of built-in objects. */
export const LIST_ENDPOINT: OutputEndpoint = { ...OBJECT_ENDPOINT, representations: [...ACCEPTED, ...STREAMED] };
/** Custom resources, singly and in lists. */
export const CUSTOM_RESOURCE_ENDPOINT: OutputEndpoint = { protobuf: false, table: true, partialMetadata: true };
/** Group, version and resource lists; nothing is transformed. */
export const DISCOVERY_ENDPOINT: OutputEndpoint = {
  protobuf: true,
  table: false,
  partialMetadata: false,
  representations: ACCEPTED,
};
const STATUS_ENDPOINT: OutputEndpoint = { protobuf: true, table: false, partialMetadata: false };

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
  if (output.mediaType === 'yaml') throw onlyAccepted(STREAMED);
  return output;
}

/** The form of a Status that tells of a failure: what the header asks for if it can be had, else JSON over several lines. */
export function negotiateStatus(accept: string | undefined): OutputMediaType {
  const result = lookup(accept ?? '', STATUS_ENDPOINT);
  return result instanceof StatusError ? FALLBACK : result;
}

/** Content type of a watch: JSON frames are plain JSON to clients, others say that they are a stream. */
export function watchContentType(mediaType: MediaType): string {
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

/**
 * Encoding of a request body ('' or undefined: JSON).
 * @throws StatusError 415 naming the types a body may have
 */
export function negotiateInput(contentType: string | undefined): MediaType {
  const type = (contentType === undefined || contentType === '' ? CONTENT_TYPES.json : contentType)
    .split(';', 1)[0]!
    .trim()
    .toLowerCase();
  for (const mediaType of MEDIA_TYPES) if (CONTENT_TYPES[mediaType] === type) return mediaType;
  throw unknownBody(ACCEPTED);
}

/**
 * Kind of a patch by its Content-Type. Built-in kinds refuse others in the router, custom resources (which have no
 * strategic merge) in the handler, with different texts.
 * @throws StatusError 415
 */
export function negotiatePatch(contentType: string | undefined, custom: boolean): PatchType {
  const type = (contentType ?? '').split(';', 1)[0]!.trim();
  const patch = PATCH_TYPES.get(type);
  if (patch !== undefined && !(custom && patch === 'strategic')) return patch;
  if (custom) {
    throw unknownBody([PATCH_CONTENT_TYPES.json, PATCH_CONTENT_TYPES.merge, PATCH_CONTENT_TYPES.apply]);
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
  if (endpoint.representations !== undefined && !isRouted(accept, endpoint.representations)) {
    const known = endpoint.representations.join(', ');
    return new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${known}`, {});
  }
  return acceptFirst(accept, (mediaType, params) => outputOf(mediaType, params, endpoint)) ?? onlyAccepted(ACCEPTED);
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
  const stream = params.get('stream') ?? '';
  if (stream !== '' && (stream !== 'watch' || mediaType === 'yaml')) return undefined;
  if ((params.get('sv') ?? '') !== '') return undefined;
  const pretty = params.get('pretty') === '1';
  if (!asksTransform(params)) {
    if (mediaType === 'protobuf' && !endpoint.protobuf) return undefined;
    return { mediaType, transform: 'none', transformVersion: '', pretty };
  }
  const version = params.get('v');
  if (params.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  switch (params.get('as')) {
    case 'Table':
      if (!endpoint.table || mediaType === 'protobuf') return undefined;
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

/** Parameters of one media type in an Accept header, without `q`. */
export type AcceptParams = ReadonlyMap<string, string>;

const NO_PARAMS: AcceptParams = new Map();

interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly params: AcceptParams;
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

function matches(clause: AcceptClause, contentType: string): boolean {
  if (clause.type === '*') return clause.subtype === '*';
  const slash = contentType.indexOf('/');
  if (clause.type !== contentType.slice(0, slash)) return false;
  return clause.subtype === '*' || clause.subtype === contentType.slice(slash + 1);
}

/** Clauses in order of preference. Malformed ones are left out; a quality that is no number counts as 0. */
function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of header.split(',')) {
    const clause = parseClause(part);
    if (clause !== undefined) insertByPreference(clauses, clause);
  }
  return clauses;
}

function parseClause(part: string): AcceptClause | undefined {
  const [range = '', ...rest] = part.trim().split(';');
  const [type = '', subtype, ...more] = range.split('/').map((word) => word.trim());
  if (more.length > 0 || (subtype === undefined && type !== '*') || subtype === '') return undefined;
  if (rest.length === 0) return { type, subtype: subtype ?? '*', quality: 1, params: NO_PARAMS };
  let quality = 1;
  const params = new Map<string, string>();
  for (const pair of rest) {
    const [name = '', value = '', ...extra] = pair.split('=');
    if (value === '' || extra.length > 0) continue;
    if (name.trim() === 'q') quality = Number.isFinite(Number(value)) ? Number(value) : 0;
    else params.set(name.trim(), value.trim());
  }
  return { type, subtype: subtype ?? '*', quality, params };
}

/** Moves the clause forward past all it beats: higher quality, or a specific type against a wildcard whatever the quality. */
function insertByPreference(clauses: AcceptClause[], clause: AcceptClause): void {
  let at = clauses.length;
  while (at > 0 && isPreferred(clause, clauses[at - 1]!)) at--;
  clauses.splice(at, 0, clause);
}

function isPreferred(a: AcceptClause, b: AcceptClause): boolean {
  if (a.quality > b.quality) return true;
  if (a.type !== '*' && b.type === '*') return true;
  return a.subtype !== '*' && b.subtype === '*';
}
