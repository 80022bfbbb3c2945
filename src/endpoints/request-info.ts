/** A path that means nothing. */
export class RequestInfoError extends Error {}

/** @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/request/requestinfo.go (behaviour) */
export interface RequestInfo {
  /** Path without query, percent-decoded as authorization sees it. */
  readonly path: string;
  readonly isResourceRequest: boolean;
  /** get, list, watch, create, update, patch, delete, deletecollection, proxy; the lower-case method for non-resource requests. */
  readonly verb: string;
  /** `api` or `apis`. */
  readonly apiPrefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments from the resource on. */
  readonly parts: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const NO_PARTS: readonly string[] = [];

/**
 * What a request is about, from its method and path alone (and, for lists, `watch` and `fieldSelector` of the query).
 * @param path decoded, without the query
 * @param query asked only where a collection is read, so that callers need not parse it for others
 * @throws RequestInfoError for the legacy prefixes `watch/` and `proxy/` with nothing behind them
 */
export function resolveRequestInfo(method: string, path: string, query: () => URLSearchParams): RequestInfo {
  const parts = segmentsOf(path);
  const prefix = parts[0];
  const first = prefix === 'api' ? 1 : prefix === 'apis' ? 2 : 0;
  if (first === 0 || parts.length < first + 2) return nonResource(method, path);
  const group = first === 2 ? parts[1]! : '';
  let at = first + 1;
  let verb = VERBS[method] ?? '';
  if (parts[at] === 'watch' || parts[at] === 'proxy') {
    verb = parts[at]!;
    at++;
    if (at >= parts.length) throw new RequestInfoError(`unable to determine kind and namespace from url, ${path}`);
  }
  let namespace = '';
  if (parts[at] === 'namespaces' && at + 1 < parts.length) {
    namespace = parts[at + 1]!;
    const next = parts[at + 2];
    if (next !== undefined && next !== 'status' && next !== 'finalize') at += 2;
  }
  const count = parts.length - at;
  let name = count >= 2 ? parts[at + 1]! : '';
  const subresource = count >= 3 && verb !== 'proxy' ? parts[at + 2]! : '';
  if (name === '') {
    if (verb === 'get') {
      const params = query();
      verb = isTrue(params.get('watch')) ? 'watch' : 'list';
      name = nameOfFieldSelector(params.get('fieldSelector'));
    } else if (verb === 'delete') {
      verb = 'deletecollection';
    }
  }
  return {
    path,
    isResourceRequest: true,
    verb,
    apiPrefix: prefix!,
    group,
    version: parts[first]!,
    namespace,
    resource: parts[at]!,
    subresource,
    name,
    parts: parts.slice(at),
  };
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    path,
    isResourceRequest: false,
    verb: method.toLowerCase(),
    apiPrefix: '',
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: NO_PARTS,
  };
}

function segmentsOf(path: string): string[] {
  let from = 0;
  let to = path.length;
  while (from < to && path.charCodeAt(from) === 0x2f) from++;
  while (to > from && path.charCodeAt(to - 1) === 0x2f) to--;
  return path.slice(from, to).split('/');
}

/** Booleans of a query: whatever is given and is neither `0` nor `false`. */
function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** A list that can hold one name only is authorized by that name; '' where it is not so. */
function nameOfFieldSelector(selector: string | null): string {
  if (selector === null || selector === '') return '';
  let name = '';
  for (const term of selector.split(',')) {
    const match = /^([^=!\\]*)(==|=|!=)([^=!\\]*)$/.exec(term);
    if (match === null) return '';
    if (match[1] === 'metadata.name' && match[2] !== '!=' && name === '') name = match[3]!;
  }
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}
