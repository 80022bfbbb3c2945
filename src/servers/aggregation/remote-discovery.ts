import type { Readable } from 'node:stream';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { AGGREGATOR_USER } from './availability-check.js';
import { type Backend, discard } from './backends/backend.js';
import { identityHeaders } from './identity-headers.js';

/** Named limit: bytes of a backend's discovery or OpenAPI document. */
export const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 5_000;
const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

/** The resources of one group version as a backend tells them: aggregated discovery, else its version document. @throws Error */
export async function fetchResources(backend: Backend, group: string, version: string): Promise<JsonObject[]> {
  const groups = await fetchJson(backend, '/apis', AGGREGATED);
  const aggregated = groups === undefined ? undefined : resourcesIn(groups, group, version);
  if (aggregated !== undefined) return aggregated;
  const list = await fetchJson(backend, `/apis/${group}/${version}`, 'application/json');
  if (list === undefined) throw new Error(`no discovery document for ${group}/${version}`);
  return fromResourceList(list);
}

/** A JSON document, or undefined where the backend does not have it. @throws Error, BackendError */
export async function fetchJson(backend: Backend, path: string, accept: string): Promise<JsonObject | undefined> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const headers = { ...identityHeaders(AGGREGATOR_USER), accept };
  const request = { method: 'GET', url: path, headers, body: undefined, headersTimeoutMs: FETCH_TIMEOUT_MS, signal };
  const answer = await backend.send(request);
  if (answer.status !== 200) {
    discard(answer.body);
    return undefined;
  }
  const value: unknown = JSON.parse((await readAll(answer.body)).toString());
  return isJsonObject(value) ? value : undefined;
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error(`a document of more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function resourcesIn(list: JsonObject, group: string, version: string): JsonObject[] | undefined {
  if (list['kind'] !== 'APIGroupDiscoveryList') return undefined;
  for (const item of objects(list['items'])) {
    if (!isJsonObject(item['metadata']) || item['metadata']['name'] !== group) continue;
    const found = objects(item['versions']).find((each) => each['version'] === version);
    if (found !== undefined) return objects(found['resources']);
  }
  return undefined;
}

/**
 * An APIResourceList in the form of aggregated discovery.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function fromResourceList(list: JsonObject): JsonObject[] {
  const found = new Map<string, JsonObject>();
  const listed = objects(list['resources']);
  for (const each of listed) {
    const name = String(each['name'] ?? '');
    if (name.includes('/')) continue;
    found.set(name, {
      resource: name,
      responseKind: kindOf(each),
      scope: each['namespaced'] === true ? 'Namespaced' : 'Cluster',
      singularResource: each['singularName'] ?? '',
      verbs: each['verbs'] ?? [],
      ...(isFilled(each['shortNames']) && { shortNames: each['shortNames'] }),
      ...(isFilled(each['categories']) && { categories: each['categories'] }),
    });
  }
  for (const each of listed) {
    const [parent = '', subresource] = String(each['name'] ?? '').split('/', 2);
    if (subresource === undefined) continue;
    const owner = found.get(parent) ?? {
      resource: parent,
      scope: each['namespaced'] === true ? 'Namespaced' : 'Cluster',
    };
    found.set(parent, owner);
    const entry: JsonObject = { subresource, responseKind: kindOf(each), verbs: each['verbs'] ?? [] };
    owner['subresources'] = [...objects(owner['subresources']), entry];
  }
  return [...found.values()];
}

function kindOf(resource: JsonObject): JsonObject {
  return { group: resource['group'] ?? '', version: resource['version'] ?? '', kind: resource['kind'] ?? '' };
}

function isFilled(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
