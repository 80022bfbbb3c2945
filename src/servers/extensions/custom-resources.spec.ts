import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../test/support/memory-storage.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { EVERYTHING } from '../../apimachinery/selectors/selector.js';
import { Catalogue } from '../../apis/catalogue.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import { resolveRequestInfo } from '../../endpoints/request-info.js';
import type { ResourceHandler } from '../../endpoints/resource-handler.js';
import type { CrdVersion, CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import type { WatchOptions } from '../../registry/rest/storage.js';
import type { ServedResource } from '../../registry/served-resource.js';
import { CatalogueSchemaEngine } from './catalogue-schema-engine.js';
import { CustomResourceBuilder } from './custom-resource-builder.js';
import { ExtensionsServer } from './extensions.server.js';
import { ServedCustomResources } from './served-custom-resources.js';

const ctx = internalContext(LOOPBACK_USER, 'n');
const WRITE = { dryRun: false };

const properties = (spec: JsonObject): JsonObject => ({
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: spec },
      status: { type: 'object', properties: { ready: { type: 'integer' }, selector: { type: 'string' } } },
    },
  },
});

const SIZE: JsonObject = { type: 'integer' };
const COLOUR: JsonObject = { type: 'string', default: 'red' };
const CRD = {
  metadata: { name: 'fleets.sea.example.com', uid: 'u', generation: 1 },
  spec: {
    group: 'sea.example.com',
    scope: 'Namespaced',
    names: { plural: 'fleets', singular: 'fleet', kind: 'Fleet', listKind: 'FleetList' },
    versions: [
      { name: 'v1beta1', served: true, storage: false, deprecated: true, schema: properties({ size: SIZE }) },
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: properties({ size: SIZE, colour: COLOUR }),
        selectableFields: [{ jsonPath: '.spec.colour' }],
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.size',
            statusReplicasPath: '.status.ready',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
    conversion: { strategy: 'None' },
  },
} as CustomResourceDefinition;

describe('a custom resource', () => {
  let registry: ResourceRegistry;
  let fleet: ServedResource;
  let served: ServedCustomResources;

  beforeEach(async () => {
    registry = new ResourceRegistry();
    const storage = new MemoryStorage();
    const builder = new CustomResourceBuilder(new CatalogueSchemaEngine(new Catalogue()), () => undefined);
    const environment = { now: () => 0, newUid: () => 'uid', random: () => 0.5 };
    served = new ServedCustomResources(
      registry,
      storage,
      builder,
      ({ definition, strategy, normalize, form }, collection, watches) =>
        new ResourceStore({ definition, strategy, storage, collection, environment, normalize, form, watches }),
    );
    await served.serve(CRD);
    fleet = registry.find('sea.example.com', 'fleets')!;
    const object = { metadata: { name: 'f', namespace: 'n' }, spec: { size: 3, colour: 'blue' } };
    await fleet.storage.create!(ctx, '', object, WRITE);
  });

  it('has its versions in order of stability, and a warning for the deprecated one', () => {
    expect(fleet.definition.versions.map(({ version }) => version)).toEqual(['v1', 'v1beta1']);
    expect(fleet.definition.versions[1]?.deprecationWarning).toBe(
      'sea.example.com/v1beta1 Fleet is deprecated; use sea.example.com/v1 Fleet',
    );
  });

  it('drops in another version what that version does not name', async () => {
    const object = structuredClone((await fleet.storage.get!(ctx, 'f')).value()) as KubeObject;
    const beta = await fleet.definition.converter!.convert(object, 'v1', 'v1beta1');
    expect(beta['spec']).toEqual({ size: 3 });
    const back = await fleet.definition.converter!.convert(beta, 'v1beta1', 'v1');
    expect(back['spec']).toEqual({ size: 3 });
  });

  it('is read by the schema of the version it was stored in, and moves to the storage version when written', async () => {
    const [beta, v1] = CRD.spec.versions as [CrdVersion, CrdVersion];
    const moved = (metadata: KubeObject['metadata'], versions: CrdVersion[], storedVersions: string[]) =>
      ({
        metadata: { ...CRD.metadata, ...metadata },
        spec: { ...CRD.spec, versions },
        status: { acceptedNames: CRD.spec.names, storedVersions },
      }) as CustomResourceDefinition;
    const early = [
      { ...beta, storage: true },
      { ...v1, storage: false },
    ];
    const late = [
      { ...beta, storage: false },
      { ...v1, storage: true },
    ];
    await served.serve(moved({ generation: 2 }, early, ['v1beta1']));
    const storageOf = (version: string) =>
      registry.lookup('sea.example.com', version, 'fleets')!.served.storage as ResourceStore;
    const specOf = async (version: string) => {
      const store = storageOf(version);
      return (await store.valueOf(await store.get(ctx, 'g')))['spec'];
    };
    await storageOf('v1').create(ctx, '', { metadata: { name: 'g', namespace: 'n' }, spec: { size: 3 } }, WRITE);
    await served.serve(moved({ generation: 3 }, late, ['v1beta1', 'v1']));
    expect(await specOf('v1')).toEqual({ size: 3 });
    const grow = (old: Readonly<KubeObject> | undefined) => ({ ...old, spec: { size: 4 } }) as KubeObject;
    await storageOf('v1beta1').update(ctx, 'g', grow, WRITE);
    expect(await specOf('v1')).toEqual({ size: 4, colour: 'red' });
    expect(await specOf('v1beta1')).toEqual({ size: 4 });
  });

  it('may keep what its schema came to forbid, but not change it to something else forbidden', async () => {
    const tight = structuredClone(CRD) as CustomResourceDefinition;
    tight.metadata.generation = 2;
    for (const version of tight.spec.versions) version.schema = properties({ size: { ...SIZE, maximum: 2 } });
    await served.serve(tight);
    const store = registry.lookup('sea.example.com', 'v1', 'fleets')!.served.storage as ResourceStore;
    const label = (old: Readonly<KubeObject> | undefined) =>
      ({ ...old, metadata: { ...old!.metadata, labels: { a: 'b' } } }) as KubeObject;
    await expect(store.update(ctx, 'f', label, WRITE)).resolves.toMatchObject({ created: false });
    const grow = (old: Readonly<KubeObject> | undefined) => ({ ...old, spec: { size: 4 } }) as KubeObject;
    await expect(store.update(ctx, 'f', grow, WRITE)).rejects.toMatchObject({
      message: expect.stringContaining('spec.size in body should be less than or equal to 2'),
    });
  });

  it('ends its watches when its definition changes, not when it only begins to go', async () => {
    const storeNow = () => registry.lookup('sea.example.com', 'v1', 'fleets')!.served.storage as ResourceStore;
    const ended: string[] = [];
    const everything = { labels: EVERYTHING, fields: EVERYTHING, resourceVersion: '' } as WatchOptions;
    const watch = (name: string) =>
      storeNow().watch(ctx, everything, { events: () => {}, end: () => ended.push(name) });
    await watch('first');
    const { stop } = await watch('stopped');
    stop();
    const terminating = [{ type: 'Terminating', status: 'True' }];
    await served.serve({ ...CRD, status: { conditions: terminating } } as unknown as CustomResourceDefinition);
    expect(ended).toEqual([]);
    await served.serve({ ...CRD, metadata: { ...CRD.metadata, generation: 2 } } as CustomResourceDefinition);
    expect(ended).toEqual(['first']);
  });

  it('can be selected by its selectable fields', () => {
    const { collection } = fleet.storage as ResourceStore;
    expect(fleet.definition.selectableFields).toEqual(['spec.colour']);
    expect(collection.get('n/f')?.attributes.fields).toMatchObject({ 'spec.colour': 'blue', 'metadata.name': 'f' });
  });

  it('is validated by its schema', async () => {
    const wrong = { metadata: { name: 'g', namespace: 'n' }, spec: { size: 'many' } };
    await expect(fleet.storage.create!(ctx, '', wrong, WRITE)).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('scales by the paths of its definition', async () => {
    const { storage: scale, versions } = fleet.subresources.get('scale')!;
    expect(versions).toEqual(['v1']);
    const { view } = await scale.update!(ctx, 'f', (old) => ({ ...old, spec: { replicas: 5 } }) as KubeObject, WRITE);
    expect(view.value()).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { replicas: 0 } });
    expect((await fleet.storage.get!(ctx, 'f')).value()).toMatchObject({
      metadata: { generation: 2 },
      spec: { size: 5, colour: 'blue' },
    });
    const negative = (old: Readonly<KubeObject> | undefined) => ({ ...old, spec: { replicas: -1 } }) as KubeObject;
    await expect(scale.update!(ctx, 'f', negative, WRITE)).rejects.toMatchObject({
      message: 'Fleet.sea.example.com "f" is invalid: .spec.size: Invalid value: -1: should be a non-negative integer',
    });
  });

  it('answers at its own paths only', async () => {
    const handler = { handle: (): Answer => ({ type: 'bytes', status: 200, contentType: 'x', body: [] }) };
    const server = new ExtensionsServer(registry, handler as unknown as ResourceHandler);
    const send = async (method: string, path: string): Promise<Answer> => {
      const info = resolveRequestInfo(method, path, () => new URLSearchParams());
      return server.handle({ method, path, info } as ApiRequest);
    };
    const base = '/apis/sea.example.com/v1/namespaces/n/fleets';
    expect((await send('GET', base)).status).toBe(200);
    expect((await send('GET', '/apis/sea.example.com/v1/fleets')).status).toBe(200);
    expect((await send('PATCH', `${base}/f/scale`)).status).toBe(200);
    for (const path of ['/apis/sea.example.com/v1/fleets/f', '/apis/sea.example.com/v2/namespaces/n/fleets']) {
      await expect(send('GET', path)).rejects.toBe(NotServed);
    }
    await expect(send('GET', '/apis/sea.example.com/v1')).rejects.toBe(NotServed);
    await expect(send('POST', '/apis/sea.example.com/v1/fleets')).rejects.toBe(NotServed);
    await expect(send('POST', `${base}/f/status`)).rejects.toMatchObject({
      code: 405,
      message: 'create is not supported on resources of kind "fleets.sea.example.com"',
    });
    await expect(send('GET', `${base}/f/log`)).rejects.toMatchObject({
      code: 404,
      message: 'fleets.sea.example.com "f" not found',
    });
    await expect(send('GET', '/apis/sea.example.com/v1beta1/namespaces/n/fleets/f/scale')).rejects.toMatchObject({
      code: 404,
    });
  });
});
