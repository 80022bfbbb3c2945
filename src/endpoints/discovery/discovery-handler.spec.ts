import { describe, expect, it } from 'vitest';
import { StatusError } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import type { ResourceDefinition } from '../../registry/resource-definition.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import type { Strategy } from '../../registry/rest/strategy.js';
import type { ServedResource } from '../../registry/served-resource.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { type ApiRegistration, ApiRegistrations, LocalApiRegistrations } from './api-registrations.js';
import { DiscoveryHandler } from './discovery-handler.js';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const call = () => {
  throw new Error('discovery reads no storage');
};
const STORED: RestStorage = {
  get: call,
  list: call,
  watch: call,
  create: call,
  update: call,
  delete: call,
  deleteCollection: call,
};

interface Sketch {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  readonly custom?: boolean;
  readonly subresources?: readonly string[];
}

function served({ group, versions, kind, custom = false, subresources = [] }: Sketch): ServedResource {
  const definition: ResourceDefinition = {
    group,
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    namespaced: true,
    shortNames: [],
    categories: [],
    hubVersion: versions[0]!,
    versions: versions.map((version) => ({
      version,
      schema: {},
      codec: { decode: (value) => value as KubeObject, normalize: (object) => object },
      applyDefaults: () => {},
      table: { columns: [], timeDependent: false, row: () => ({ cells: [] }) },
    })),
    strategy: {} as Strategy,
    custom,
    selectableFields: [],
  };
  const storage = { get: call, update: call };
  return {
    definition,
    storage: STORED,
    subresources: new Map(
      subresources.map((name) => [
        name,
        {
          name,
          storage,
          ...(name === 'scale' ? { kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } } : {}),
        },
      ]),
    ),
  };
}

function setUp(registrations?: (registry: ResourceRegistry) => ApiRegistrations) {
  const registry = new ResourceRegistry();
  registry.set('core', served({ group: '', versions: ['v1'], kind: 'ConfigMap' }));
  registry.set(
    'core',
    served({ group: 'apps', versions: ['v1'], kind: 'Deployment', subresources: ['status', 'scale'] }),
  );
  registry.set('core', served({ group: 'apiregistration.k8s.io', versions: ['v1'], kind: 'APIService' }));
  registry.set(
    'extensions',
    served({
      group: 'a.example.com',
      versions: ['v1beta1', 'v2', 'v1'],
      kind: 'Hat',
      custom: true,
      subresources: ['status', 'scale'],
    }),
  );
  const priorities = new Map([['apps/v1', { group: 17800, version: 15 }]]);
  const handler = new DiscoveryHandler(
    registry,
    registrations?.(registry) ?? new LocalApiRegistrations(registry, priorities),
    { facts: [], serverAddress: () => '10.1.2.3:6443', cbor: false },
  );
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Answer | undefined =>
    handler.handle({
      method,
      url: path,
      path,
      query: new URLSearchParams(),
      headers,
      user: LOOPBACK_USER,
      remoteAddress: '',
      receivedAt: 0,
    } as ApiRequest);
  return { registry, ask };
}

function bytes(answer: Answer | undefined): Extract<Answer, { type: 'bytes' }> {
  if (answer?.type !== 'bytes') throw new Error('no answer in bytes');
  return answer;
}

function body(answer: Answer | undefined): unknown {
  return JSON.parse((bytes(answer).body as Buffer).toString());
}

describe('legacy discovery', () => {
  it('lists the core versions and the address of the server', () => {
    expect(body(setUp().ask('/api'))).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.1.2.3:6443' }],
    });
  });

  it('orders groups by priority and their versions by stability', () => {
    const { groups } = body(setUp().ask('/apis')) as { groups: { name: string; versions: { version: string }[] }[] };
    expect(groups.map(({ name }) => name)).toEqual(['apiregistration.k8s.io', 'apps', 'a.example.com']);
    expect(groups[2]!.versions.map(({ version }) => version)).toEqual(['v2', 'v1', 'v1beta1']);
  });

  it('lists resources with subresources after their parent', () => {
    const list = body(setUp().ask('/apis/apps/v1/')) as { apiVersion: string; resources: Record<string, unknown>[] };
    expect(list.apiVersion).toBe('v1');
    expect(list.resources.map(({ name }) => name)).toEqual(['deployments', 'deployments/scale', 'deployments/status']);
    expect(list.resources[0]!['storageVersionHash']).toBe('8aSe+NMegvE=');
    expect(list.resources[1]).toEqual({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it('leaves apiVersion out of the core resource list', () => {
    expect(body(setUp().ask('/api/v1'))).not.toHaveProperty('apiVersion');
  });

  it('gives verbs and subresources of custom resources in the order of their definition', () => {
    const { resources } = body(setUp().ask('/apis/a.example.com/v2')) as { resources: Record<string, unknown>[] };
    expect(resources.map(({ name }) => name)).toEqual(['hats', 'hats/status', 'hats/scale']);
    expect(resources[0]!['verbs']).toEqual([
      'delete',
      'deletecollection',
      'get',
      'list',
      'patch',
      'create',
      'update',
      'watch',
    ]);
  });

  it('follows the registry', () => {
    const { ask, registry } = setUp();
    expect(ask('/apis/a.example.com')).toBeDefined();
    registry.delete('a.example.com', 'hats');
    expect(ask('/apis/a.example.com')).toBeUndefined();
    expect(ask('/apis/a.example.com/v1')).toBeUndefined();
  });

  it('knows unknown versions of built-in groups from groups that are not there', () => {
    const { ask } = setUp();
    expect(() => ask('/apis/apps/v9')).toThrow('the server could not find the requested resource');
    expect(() => ask('/api/v2')).toThrow(StatusError);
    expect(ask('/apis/nothere.example.com/v1')).toBeUndefined();
    expect(ask('/api/v1/namespaces')).toBeUndefined();
    expect(ask('/apis/apps/v1/deployments')).toBeUndefined();
  });

  it('takes other methods than GET only where no router stands before', () => {
    const { ask } = setUp();
    expect(() => ask('/apis/apps/v1', {}, 'POST')).toThrow('does not allow this method');
    expect(ask('/apis', {}, 'POST')).toBeDefined();
  });

  it('encodes group documents as the wire has them, empty strings and all', () => {
    const answer = bytes(setUp().ask('/apis/apps', { accept: 'application/vnd.kubernetes.protobuf' }));
    const text = (answer.body as Buffer).toString('latin1');
    expect(text).toBe(
      'k8s\0\n\x0e\n\x02v1\x12\x08APIGroup\x12\x24\n\x04apps\x12\x0d\n\x07apps/v1\x12\x02v1\x1a\x0d\n\x07apps/v1\x12\x02v1\x1a\0"\0',
    );
  });

  it('answers in YAML', () => {
    expect(bytes(setUp().ask('/apis/apps', { accept: 'application/yaml' })).body.toString()).toBe(
      [
        'apiVersion: v1',
        'kind: APIGroup',
        'name: apps',
        'preferredVersion:',
        '  groupVersion: apps/v1',
        '  version: v1',
        'versions:',
        '- groupVersion: apps/v1',
        '  version: v1',
        '',
      ].join('\n'),
    );
  });
});

describe('aggregated discovery', () => {
  it('wins over plain JSON at the two roots', () => {
    const answer = bytes(setUp().ask('/apis', { accept: `application/json,${AGGREGATED}` }));
    expect(answer.contentType).toBe(AGGREGATED);
    const { items } = body(answer) as { items: { metadata: { name: string }; versions: Record<string, unknown>[] }[] };
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['apiregistration.k8s.io', 'apps', 'a.example.com']);
    expect(items[2]!.versions[0]).toMatchObject({
      version: 'v2',
      freshness: 'Current',
      resources: [{ resource: 'hats', responseKind: { group: 'a.example.com', version: 'v2', kind: 'Hat' } }],
    });
  });

  it('is not had in another version nor below the roots', () => {
    const { ask } = setUp();
    expect(() => ask('/apis', { accept: AGGREGATED.replace('v=v2', 'v=v2beta1') })).toThrow('only the following');
    expect(() => ask('/apis/apps', { accept: AGGREGATED })).toThrow('only the following');
    expect(() => ask('/apis/', { accept: AGGREGATED })).toThrow('only the following');
    expect(bytes(ask('/api/', { accept: AGGREGATED })).status).toBe(200);
  });

  it('answers 304 to its own ETag until the API changes', () => {
    const { ask, registry } = setUp();
    const etag = String(bytes(ask('/apis', { accept: AGGREGATED })).headers?.['etag']);
    const again = { accept: AGGREGATED, 'if-none-match': etag };
    expect(bytes(ask('/apis', again)).status).toBe(304);
    expect(bytes(ask('/apis', { ...again, 'if-none-match': '*' })).status).toBe(200);
    registry.delete('a.example.com', 'hats');
    expect(bytes(ask('/apis', again)).status).toBe(200);
  });

  it('shows remote groups as last fetched, and registered versions that nobody serves as stale', () => {
    const remote: ApiRegistration[] = [
      {
        name: 'v1.far.example.com',
        group: 'far.example.com',
        version: 'v1',
        groupPriority: 9,
        versionPriority: 2,
        remote: { resources: [{ resource: 'cups' }], stale: false },
      },
      { name: 'v2.far.example.com', group: 'far.example.com', version: 'v2', groupPriority: 9, versionPriority: 1 },
    ];
    class Remote extends ApiRegistrations {
      readonly generation = 1;
      list() {
        return remote;
      }
    }
    expect(body(setUp(() => new Remote()).ask('/apis', { accept: AGGREGATED }))).toMatchObject({
      items: [
        {
          metadata: { name: 'far.example.com' },
          versions: [
            { version: 'v1', resources: [{ resource: 'cups' }], freshness: 'Current' },
            { version: 'v2', freshness: 'Stale' },
          ],
        },
      ],
    });
  });
});
