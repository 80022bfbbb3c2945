import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { fetchJson } from './backend-documents.js';
import type { Backend } from './backends/backend.js';

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

/**
 * The resources of one group version as a backend tells them: aggregated discovery, else its version document. What is not of the
 * published form is left out: all of discovery is one document, which nobody may spoil for the others.
 * @throws Error
 */
export async function fetchResources(backend: Backend, group: string, version: string): Promise<JsonObject[]> {
  const groups = await fetchJson(backend, '/apis', AGGREGATED);
  const aggregated = groups === undefined ? undefined : resourcesIn(groups, group, version);
  if (aggregated !== undefined) return aggregated.flatMap(wellFormed);
  const list = await fetchJson(backend, `/apis/${group}/${version}`, 'application/json');
  if (list === undefined) throw new Error(`no discovery document for ${group}/${version}`);
  return fromResourceList(list).flatMap(wellFormed);
}

/** An APIResourceDiscovery as its type has it; none where it has no name. @see https://kubernetes.io/docs/reference/kubernetes-api/ */
function wellFormed(resource: JsonObject): JsonObject[] {
  const { resource: name, scope, singularResource, responseKind, subresources } = resource;
  if (typeof name !== 'string' || name === '') return [];
  const parts = objects(subresources).flatMap((each) => {
    const { subresource } = each;
    if (typeof subresource !== 'string' || subresource === '') return [];
    return [{ subresource, ...kindIn(each['responseKind']), verbs: texts(each['verbs']) }];
  });
  return [
    {
      resource: name,
      ...kindIn(responseKind),
      scope: scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
      singularResource: typeof singularResource === 'string' ? singularResource : '',
      verbs: texts(resource['verbs']),
      ...filled('shortNames', texts(resource['shortNames'])),
      ...filled('categories', texts(resource['categories'])),
      ...filled('subresources', parts),
    },
  ];
}

function kindIn(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) return {};
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  return { responseKind: { group: text('group'), version: text('version'), kind: text('kind') } };
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function filled(name: string, list: readonly JsonValue[]): JsonObject {
  return list.length > 0 ? { [name]: [...list] } : {};
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
  // A name that is no text, or would not even become one, names nothing.
  const listed = objects(list['resources']).filter((each) => isText(each['name'] ?? ''));
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

function isText(value: JsonValue): boolean {
  return typeof value === 'string';
}

function isFilled(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
