import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { NO_DESCRIPTIONS } from '../../apimachinery/openapi/schema-writer.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import { DEFAULT_TABLE } from '../../apimachinery/table/default-table.js';
import { Catalogue } from '../../apis/catalogue.js';
import type { ResourceDefinition } from '../../registry/resource-definition.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import type { ServedResource } from '../../registry/served-resource.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { OpenApiHandler } from './openapi-handler.js';

const catalogue = new Catalogue();
const call = () => {
  throw new Error('OpenAPI reads no storage');
};

function served(
  definition: Pick<ResourceDefinition, 'group' | 'resource' | 'kind' | 'namespaced' | 'custom'>,
  versions: ReadonlyMap<string, Schema>,
): ServedResource {
  return {
    definition: {
      ...definition,
      singular: definition.kind.toLowerCase(),
      listKind: `${definition.kind}List`,
      shortNames: [],
      categories: [],
      hubVersion: [...versions.keys()][0]!,
      versions: [...versions].map(([version, schema]) => ({
        version,
        schema,
        codec: { decode: (value) => value as KubeObject, normalize: (object) => object },
        applyDefaults: () => {},
        table: DEFAULT_TABLE,
      })),
      selectableFields: [],
    },
    storage: { get: call, list: call, create: call, update: call, delete: call, deleteCollection: call, watch: call },
    subresources: new Map([['status', { name: 'status', storage: { get: call, update: call } }]]),
  };
}

function builtins(registry: ResourceRegistry): void {
  const byResource = new Map<string, ServedResource>();
  for (const { groupVersion, resource, kind, scope } of catalogue.builtinResources()) {
    const [version = '', group = ''] = groupVersion.split('/').reverse();
    const schema = catalogue.schemaOfKind({ group, version, kind });
    const known = byResource.get(`${group}/${resource}`)?.definition.versions ?? [];
    const versions = new Map([...known.map((v) => [v.version, v.schema] as const), [version, schema] as const]);
    byResource.set(
      `${group}/${resource}`,
      served({ group, resource, kind, namespaced: scope === 'Namespaced', custom: false }, versions),
    );
  }
  for (const resource of byResource.values()) registry.set('core', resource);
}

const DOOR: Schema = {
  type: 'object',
  description: 'A door.',
  required: ['spec'],
  properties: new Map<string, Schema>([
    [
      'spec',
      {
        type: 'object',
        properties: new Map<string, Schema>([
          ['count', { type: 'integer', format: 'int32', default: 2, nullable: true, validation: { minimum: 1 } }],
          ['port', { intOrString: true }],
        ]),
      },
    ],
  ]),
};

const DOORS = { group: 'house.example.com', resource: 'doors', kind: 'Door', namespaced: true, custom: true };

const registry = new ResourceRegistry();
const handler = new OpenApiHandler(registry, {
  types: catalogue,
  facts: catalogue.builtinResources(),
  descriptions: {
    ...NO_DESCRIPTIONS,
    describeField: (ref, name) => (ref === 'core.v1.PodSpec' && name === 'nodeName' ? 'Where.' : undefined),
  },
  version: '1.37',
});

async function ask(url: string, headers: Record<string, string> = {}): Promise<Extract<Answer, { type: 'bytes' }>> {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  const answer = await handler.handle({
    method: 'GET',
    url,
    path: pathname,
    query: searchParams,
    headers,
    receivedAt: 0,
  } as ApiRequest);
  if (answer?.type !== 'bytes') throw new Error(`no answer for ${url}`);
  return answer;
}

async function document(url: string): Promise<JsonObject> {
  const { body } = await ask(url);
  return JSON.parse(Buffer.concat([body].flat() as Buffer[]).toString()) as JsonObject;
}

/** Every `$ref` in a document. */
function refs(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '$ref' && typeof inner === 'string') found.add(inner);
    else refs(inner, found);
  }
  return found;
}

beforeAll(() => {
  builtins(registry);
  registry.set('extensions', served(DOORS, new Map([['v1', DOOR]])));
});

describe('OpenAPI v3', () => {
  it('lists a document for every group, version and fixed path, under a URL with its hash', async () => {
    const { paths } = (await document('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        'api',
        'api/v1',
        'apis',
        'apis/apps',
        'apis/apps/v1',
        'apis/house.example.com/v1',
        'version',
      ]),
    );
    for (const { serverRelativeURL } of Object.values(paths)) expect((await ask(serverRelativeURL)).status).toBe(200);
  });

  it('points to nothing that is not in the document', async () => {
    const { paths } = (await document('/openapi/v3')) as { paths: Record<string, JsonObject> };
    for (const path of Object.keys(paths)) {
      const whole = await document(`/openapi/v3/${path}`);
      const models = new Set(
        Object.keys(field(whole, 'components', 'schemas') as JsonObject).map((name) => `#/components/schemas/${name}`),
      );
      expect(
        [...refs(whole)].filter((ref) => !models.has(ref)),
        path,
      ).toEqual([]);
    }
  });

  it('gives built-in models their kinds, defaults and merge rules', async () => {
    const schemas = field(await document('/openapi/v3/api/v1'), 'components', 'schemas') as JsonObject;
    expect(field(schemas, 'io.k8s.api.core.v1.Node', 'x-kubernetes-group-version-kind')).toEqual([
      { group: '', kind: 'Node', version: 'v1' },
    ]);
    expect(field(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'initContainers')).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(field(schemas, 'io.k8s.api.core.v1.Node', 'properties', 'spec')).toEqual({
      default: {},
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.NodeSpec' }],
    });
    expect(field(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'nodeName')).toEqual({
      description: 'Where.',
      type: 'string',
    });
    expect(
      field(schemas, 'io.k8s.api.core.v1.ResourceRequirements', 'properties', 'limits', 'additionalProperties'),
    ).toEqual({
      $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity',
    });
  });

  it('names kinds shared by all groups by the core group and the one of the document', async () => {
    const schemas = field(await document('/openapi/v3/apis/batch/v1'), 'components', 'schemas') as JsonObject;
    expect(
      field(schemas, 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', 'x-kubernetes-group-version-kind'),
    ).toEqual([
      { group: '', kind: 'DeleteOptions', version: 'v1' },
      { group: 'batch', kind: 'DeleteOptions', version: 'v1' },
    ]);
  });

  it('describes the operations of a resource', async () => {
    const paths = field(await document('/openapi/v3/apis/rbac.authorization.k8s.io/v1'), 'paths') as JsonObject;
    const list = field(paths, '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles') as JsonObject;
    expect(field(list, 'get', 'operationId')).toBe('listRbacAuthorizationV1NamespacedRole');
    expect(field(list, 'get', 'tags')).toEqual(['rbacAuthorization_v1']);
    expect(field(list, 'delete', 'x-kubernetes-action')).toBe('deletecollection');
    expect(field(list, 'post', 'requestBody')).toEqual({
      content: { '*/*': { schema: { $ref: '#/components/schemas/io.k8s.api.rbac.v1.Role' } } },
      required: true,
    });
    expect(field(paths, '/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}', 'get', 'operationId')).toBe(
      'readRbacAuthorizationV1ClusterRole',
    );
  });

  it('publishes custom kinds by their schemas', async () => {
    const whole = await document('/openapi/v3/apis/house.example.com/v1');
    const door = field(whole, 'components', 'schemas', 'com.example.house.v1.Door') as JsonObject;
    expect(door['x-kubernetes-group-version-kind']).toEqual([
      { group: 'house.example.com', kind: 'Door', version: 'v1' },
    ]);
    expect(field(door, 'properties', 'spec', 'properties')).toEqual({
      count: { type: 'integer', format: 'int32', default: 2, nullable: true, minimum: 1 },
      port: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
    });
    const path = field(whole, 'paths', '/apis/house.example.com/v1/namespaces/{namespace}/doors/{name}') as JsonObject;
    expect(field(path, 'get', 'operationId')).toBe('readHouseExampleComV1NamespacedDoor');
    expect(Object.keys(field(path, 'patch', 'requestBody', 'content') as JsonObject)).not.toContain(
      'application/strategic-merge-patch+json',
    );
  });

  it('answers 304 to what the client has, redirects an old hash, and refuses what it cannot give', async () => {
    const first = await ask('/openapi/v3/apis/apps/v1');
    const etag = String(first.headers?.['etag']);
    expect((await ask('/openapi/v3/apis/apps/v1', { 'if-none-match': etag })).status).toBe(304);
    expect((await ask('/openapi/v3/apis/apps/v1', { 'if-none-match': '"0"' })).status).toBe(200);
    const old = await ask('/openapi/v3/apis/apps/v1?hash=0');
    expect(old.status).toBe(301);
    expect(old.headers?.['location']).toBe(`/openapi/v3/apis/apps/v1?hash=${etag.slice(1, -1)}`);
    expect((await ask(String(old.headers?.['location']))).headers?.['cache-control']).toBe('public, immutable');
    expect((await ask('/openapi/v3/apis/apps/v1', { accept: 'application/yaml' })).status).toBe(406);
    expect((await ask('/openapi/v3/apis/apps/v9')).status).toBe(404);
  });
});

describe('OpenAPI v2', () => {
  it('is whole and without what Swagger lacks', async () => {
    const whole = await document('/openapi/v2');
    const definitions = whole['definitions'] as JsonObject;
    const shared = new Set([
      ...Object.keys(definitions).map((name) => `#/definitions/${name}`),
      ...Object.keys(whole['parameters'] as JsonObject).map((name) => `#/parameters/${name}`),
    ]);
    expect([...refs(whole)].filter((ref) => !shared.has(ref))).toEqual([]);
    expect(field(definitions, 'io.k8s.api.core.v1.Node', 'properties', 'spec')).toEqual({
      $ref: '#/definitions/io.k8s.api.core.v1.NodeSpec',
    });
    expect(field(definitions, 'com.example.house.v1.Door', 'properties', 'spec', 'properties', 'count')).toEqual({
      format: 'int32',
      minimum: 1,
    });
    expect(field(whole, 'paths', '/api/v1/nodes/{name}', 'put', 'parameters')).toEqual([
      { name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/io.k8s.api.core.v1.Node' } },
      { uniqueItems: true, type: 'string', name: 'dryRun', in: 'query' },
      { $ref: '#/parameters/fieldManager-Qy4HdaTW' },
      { uniqueItems: true, type: 'string', name: 'fieldValidation', in: 'query' },
    ]);
  });

  it('gives the path what all its operations have, and shares what the reference shares', async () => {
    const whole = await document('/openapi/v2');
    const shown = (path: string, ...more: string[]) =>
      (field(whole, 'paths', path, ...more, 'parameters') as JsonObject[] | undefined)?.map(
        (p) => p['$ref'] ?? p['name'],
      );
    const pod = '/api/v1/namespaces/{namespace}/pods/{name}';
    expect(shown(pod)).toEqual(['name', '#/parameters/namespace-vgWSWtn3', '#/parameters/pretty-tJGM1-ng']);
    expect(shown(pod, 'delete')?.[0]).toBe('#/parameters/body-2Y1dVQaQ');
    expect(shown(pod, 'patch')?.slice(0, 3)).toEqual([
      '#/parameters/body-78PwaGsr',
      'dryRun',
      '#/parameters/fieldManager-7c6nTn1T',
    ]);
    expect(shown('/api/v1/pods', 'get')).toBeUndefined();
    expect(shown('/api/v1/pods')).toHaveLength(12);
    expect(shown(`${pod}/portforward`)).toEqual([
      'name',
      '#/parameters/namespace-vgWSWtn3',
      '#/parameters/ports-91KROJmm',
    ]);
    expect(shown(`${pod}/proxy/{path}`)?.slice(2)).toEqual([
      '#/parameters/path-z6Ciiujn',
      '#/parameters/path-oPbzgLUj',
    ]);
    expect(Object.keys(field(whole, 'paths', `${pod}/proxy`) as JsonObject)).toEqual(
      expect.arrayContaining(['head', 'options']),
    );
  });

  it('makes anew only what has changed, and names every group/version in the models that all share', async () => {
    const schema = { ...DOOR };
    let read = 0;
    const window = (edition: string) => {
      const kind = { group: 'house.example.com', resource: 'windows', kind: 'Window', namespaced: true, custom: true };
      const made = served(kind, new Map([['v2', schema]]));
      for (const version of made.definition.versions) {
        const peekSchema = (): Schema => {
          read += 1;
          return schema;
        };
        Object.assign(version, { edition, peekSchema });
      }
      registry.set('extensions', made);
    };
    window('1');
    await document('/openapi/v2');
    expect(read).toBe(1);
    registry.set('extensions', served({ ...DOORS, resource: 'gates', kind: 'Gate' }, new Map([['v3', DOOR]])));
    const whole = await document('/openapi/v2');
    expect(read).toBe(1);
    window('2');
    await document('/openapi/v2');
    expect(read).toBe(2);
    expect(Object.keys(whole['definitions'] as JsonObject)).toEqual(
      expect.arrayContaining(['com.example.house.v2.Window', 'com.example.house.v3.Gate', 'com.example.house.v1.Door']),
    );
    const model = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
    const kinds = field(whole, 'definitions', model, 'x-kubernetes-group-version-kind') as JsonObject[];
    expect(kinds).toHaveLength(62);
    expect(kinds[1]).toEqual({ group: 'admission.k8s.io', version: 'v1', kind: 'DeleteOptions' });
    for (const name of ['windows', 'gates']) registry.delete('house.example.com', name);
  });

  it('changes its ETag with the API', async () => {
    const etag = String((await ask('/openapi/v2')).headers?.['etag']);
    expect((await ask('/openapi/v2', { 'if-none-match': etag })).status).toBe(304);
    registry.delete('house.example.com', 'doors');
    expect((await ask('/openapi/v2', { 'if-none-match': etag })).status).toBe(200);
  });
});
