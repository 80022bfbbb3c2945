import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonEqual } from '../../src/apimachinery/meta/json.js';
import type { KubeObject, OwnerReference } from '../../src/apimachinery/meta/object.js';
import type { CoreV1Service, CoreV1ServiceSpec, NetworkingV1IPAddress } from '../../src/apis/types.gen.js';
import { systemContext } from '../../src/reconcilers/cluster.js';
import { ClusterRoleAggregationReconciler } from '../../src/reconcilers/cluster-role-aggregation/cluster-role-aggregation.reconciler.js';
import { GarbageCollectorReconciler } from '../../src/reconcilers/garbage-collector/garbage-collector.reconciler.js';
import { NamespaceReconciler } from '../../src/reconcilers/namespace/namespace.reconciler.js';
import type { Reconciler } from '../../src/reconcilers/reconciler.js';
import { RootCaReconciler } from '../../src/reconcilers/root-ca/root-ca.reconciler.js';
import { ServiceAccountReconciler } from '../../src/reconcilers/service-account/service-account.reconciler.js';
import { ServiceAddressReconciler } from '../../src/reconcilers/service-address/service-address.reconciler.js';
import { addressRecord } from '../../src/registry/core/service-addresses.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const WRITE = { dryRun: false };
const CA = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

let core: CoreStores;
let running: Reconciler[] = [];

beforeEach(async () => {
  core = await startCoreStores();
});

afterEach(async () => {
  await Promise.all(running.map((reconciler) => reconciler.stop()));
  running = [];
  await core.stop();
  expect(core.failures).toEqual([]);
});

function run(reconciler: Reconciler): void {
  running.push(reconciler);
  reconciler.start();
}

async function create(group: string, resource: string, object: KubeObject): Promise<KubeObject> {
  const ctx = systemContext(object.metadata.namespace ?? '');
  return (await core.store(group, resource).create(ctx, '', structuredClone(object), WRITE)).value();
}

function configMap(name: string, owners: OwnerReference[] = [], more: Partial<KubeObject['metadata']> = {}) {
  const metadata = { name, namespace: 'n', ...more, ...(owners.length > 0 && { ownerReferences: owners }) };
  return create('', 'configmaps', { metadata } as KubeObject);
}

function ownerOf(object: KubeObject, blocks = false): OwnerReference {
  const { name = '', uid = '' } = object.metadata;
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...(blocks && { blockOwnerDeletion: true }) };
}

function find(name: string, resource = 'configmaps', namespace = 'n'): KubeObject | undefined {
  return core.store('', resource).collection.get(`${namespace}/${name}`)?.decode();
}

function remove(name: string, propagationPolicy: string) {
  return core.store('', 'configmaps').delete(systemContext('n'), name, { propagationPolicy }, WRITE);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

/** Time for a reconciler to do what it must not do. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('every namespace', () => {
  it('gets a default service account and the root certificate, and gets them back', async () => {
    run(new ServiceAccountReconciler(core.cluster));
    run(new RootCaReconciler(core.cluster, CA));
    await create('', 'namespaces', { metadata: { name: 'n' } });
    await until(() => find('default', 'serviceaccounts') !== undefined, 'service account');
    await until(() => find('kube-root-ca.crt') !== undefined, 'root certificate');
    expect(find('kube-root-ca.crt')!['data']).toEqual({ 'ca.crt': CA });

    const old = find('default', 'serviceaccounts')!.metadata.uid;
    await core.store('', 'serviceaccounts').delete(systemContext('n'), 'default', {}, WRITE);
    await until(() => (find('default', 'serviceaccounts')?.metadata.uid ?? old) !== old, 'another account');

    await core
      .store('', 'configmaps')
      .update(
        systemContext('n'),
        'kube-root-ca.crt',
        (existing) => ({ ...structuredClone(existing!), data: { 'ca.crt': 'other', more: 'x' } }) as KubeObject,
        WRITE,
      );
    await until(() => JSON.stringify(find('kube-root-ca.crt')!['data']) === JSON.stringify({ 'ca.crt': CA }), 'repair');
  });
});

describe('an aggregated cluster role', () => {
  const GROUP = 'rbac.authorization.k8s.io';
  const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
  const part = (name: string, resource: string) =>
    create(GROUP, 'clusterroles', { metadata: { name, labels: { part: 'yes' } }, rules: [rule(resource)] });
  const rules = () => core.store(GROUP, 'clusterroles').collection.get('sum')?.decode()['rules'];

  it('has the rules of the roles it picks, as they come and go', async () => {
    run(new ClusterRoleAggregationReconciler(core.cluster));
    await part('b', 'pods');
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] };
    await create(GROUP, 'clusterroles', { metadata: { name: 'sum' }, rules: [], aggregationRule });
    await until(() => jsonEqual(rules(), [rule('pods')]), 'first rules');
    await part('a', 'secrets');
    await until(() => jsonEqual(rules(), [rule('secrets'), rule('pods')]), 'both rules');
    await core.store(GROUP, 'clusterroles').delete(systemContext(''), 'b', {}, WRITE);
    await until(() => jsonEqual(rules(), [rule('secrets')]), 'one rule');
  });
});

describe('a namespace that is deleted', () => {
  beforeEach(async () => {
    await create('', 'namespaces', { metadata: { name: 'n' } });
  });

  const namespace = () => core.store('', 'namespaces').collection.get('n')?.decode();

  it('goes with everything in it', async () => {
    run(new NamespaceReconciler(core.cluster));
    await configMap('a');
    await create('', 'secrets', { metadata: { name: 's', namespace: 'n' } });
    await create('', 'namespaces', { metadata: { name: 'other' } });
    await create('', 'configmaps', { metadata: { name: 'kept', namespace: 'other' } });
    await core.store('', 'namespaces').delete(systemContext('n'), 'n', {}, WRITE);
    await until(() => namespace() === undefined, 'namespace gone');
    expect(find('a')).toBeUndefined();
    expect(find('s', 'secrets')).toBeUndefined();
    expect(find('kept', 'configmaps', 'other')).toBeDefined();
  });

  it('waits for finalizers and says so in its conditions', async () => {
    run(new NamespaceReconciler(core.cluster));
    await configMap('held', [], { finalizers: ['example.com/hold'] });
    await core.store('', 'namespaces').delete(systemContext('n'), 'n', {}, WRITE);
    const conditions = () =>
      ((namespace()?.['status'] as { conditions?: { type: string; message: string }[] })?.conditions ?? []) as {
        type: string;
        message: string;
      }[];
    await until(() => conditions().length > 0, 'conditions');
    const texts = Object.fromEntries(conditions().map(({ type, message }) => [type, message]));
    expect(texts['NamespaceContentRemaining']).toBe(
      'Some resources are remaining: configmaps has 1 resource instances',
    );
    expect(texts['NamespaceFinalizersRemaining']).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    await core.store('', 'configmaps').update(
      systemContext('n'),
      'held',
      (existing) => {
        const object = structuredClone(existing) as KubeObject;
        delete object.metadata.finalizers;
        return object;
      },
      WRITE,
    );
    await until(() => namespace() === undefined, 'namespace gone');
  });
});

describe('garbage', () => {
  beforeEach(async () => {
    await create('', 'namespaces', { metadata: { name: 'n' } });
    run(new GarbageCollectorReconciler(core.cluster));
  });

  it('goes when its owner goes, generation by generation', async () => {
    const root = await configMap('root');
    const child = await configMap('child', [ownerOf(root)]);
    await configMap('grandchild', [ownerOf(child)]);
    await remove('root', 'Background');
    await until(() => find('child') === undefined && find('grandchild') === undefined, 'dependents gone');
  });

  it('goes when its owner never was, or is another one of that name', async () => {
    const impostor = await configMap('owner');
    await configMap('a', [{ ...ownerOf(impostor), uid: '00000000-0000-0000-0000-000000000001' }]);
    await configMap('b', [{ ...ownerOf(impostor), name: 'nobody' }]);
    await until(() => find('a') === undefined && find('b') === undefined, 'collected');
    expect(find('owner')).toBeDefined();
  });

  it('stays as long as one owner stays, and forgets the other', async () => {
    const [one, two] = [await configMap('one'), await configMap('two')];
    await configMap('shared', [ownerOf(one), ownerOf(two)]);
    await remove('one', 'Background');
    await until(() => find('shared')!.metadata.ownerReferences?.length === 1, 'owner dropped');
    expect(find('shared')!.metadata.ownerReferences![0]!.name).toBe('two');
  });

  it('keeps what belongs to a kind that is not served', async () => {
    await configMap('foreign', [{ apiVersion: 'example.com/v1', kind: 'Nothing', name: 'x', uid: 'u' }]);
    await settle();
    expect(find('foreign')).toBeDefined();
  });

  it('goes before its owner when the deletion is in the foreground', async () => {
    const root = await configMap('root');
    await configMap('child', [ownerOf(root, true)], { finalizers: ['example.com/hold'] });
    await remove('root', 'Foreground');
    await until(() => find('child')?.metadata.deletionTimestamp !== undefined, 'child is going');
    await settle();
    expect(find('root')!.metadata.finalizers).toEqual(['foregroundDeletion']);
    await core
      .store('', 'configmaps')
      .update(
        systemContext('n'),
        'child',
        (existing) => ({ ...existing, metadata: { ...existing!.metadata, finalizers: [] } }) as KubeObject,
        WRITE,
      );
    await until(() => find('root') === undefined, 'root gone');
  });

  it('is orphaned when the deletion says so', async () => {
    const root = await configMap('root');
    await configMap('child', [ownerOf(root)]);
    await remove('root', 'Orphan');
    await until(() => find('root') === undefined, 'root gone');
    expect(find('child')!.metadata.ownerReferences).toBeUndefined();
  });

  it('goes even where owners form a circle', async () => {
    const a = await configMap('a');
    const b = await configMap('b', [ownerOf(a, true)]);
    await core
      .store('', 'configmaps')
      .update(
        systemContext('n'),
        'a',
        (existing) =>
          ({ ...existing, metadata: { ...existing!.metadata, ownerReferences: [ownerOf(b, true)] } }) as KubeObject,
        WRITE,
      );
    await remove('a', 'Foreground');
    await until(() => find('a') === undefined && find('b') === undefined, 'both gone');
  });
});

describe('the addresses of services', () => {
  const record = (ip: string) =>
    core.store('networking.k8s.io', 'ipaddresses').collection.get(ip)?.decode() as NetworkingV1IPAddress | undefined;
  const ipOf = (service: KubeObject): string => (service as CoreV1Service).spec?.clusterIP ?? '';
  const defaulted = (object: KubeObject): KubeObject => {
    core.store('', 'services').definition.versions[0]!.applyDefaults(object);
    return object;
  };
  const service = (spec: CoreV1ServiceSpec = {}) =>
    create(
      '',
      'services',
      defaulted({ metadata: { name: 's', namespace: 'n' }, spec: { ports: [{ port: 80 }], ...spec } } as KubeObject),
    );
  const change = (spec: CoreV1ServiceSpec) =>
    core
      .store('', 'services')
      .update(
        systemContext('n'),
        's',
        (existing) => defaulted({ ...structuredClone(existing!), spec } as KubeObject),
        WRITE,
      );

  it('are recorded as long as the service has them', async () => {
    const ip = ipOf(await service());
    expect(record(ip)).toMatchObject({
      metadata: {
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { resource: 'services', namespace: 'n', name: 's' } },
    });
    await change({ type: 'ExternalName', externalName: 'h' });
    expect(record(ip)).toBeUndefined();
    await change({ type: 'ClusterIP', clusterIP: ip, ports: [{ port: 80 }] });
    expect(record(ip)).toBeDefined();
    await core.store('', 'services').delete(systemContext('n'), 's', {}, WRITE);
    expect(record(ip)).toBeUndefined();
  });

  it('are not recorded for services without one, nor by a dry run', async () => {
    await service({ clusterIP: 'None' });
    const ctx = systemContext('n');
    const dry = defaulted({ metadata: { name: 'dry', namespace: 'n' }, spec: { ports: [{ port: 80 }] } } as KubeObject);
    await core.store('', 'services').create(ctx, '', dry, { dryRun: true });
    expect(await core.store('networking.k8s.io', 'ipaddresses').collection.list({})).toMatchObject({ items: [] });
  });

  it('are not taken from who has the record', async () => {
    const parentRef = { group: 'example.com', resource: 'gateways', name: 'g' };
    await create('networking.k8s.io', 'ipaddresses', {
      metadata: { name: '10.0.0.9' },
      spec: { parentRef },
    } as KubeObject);
    await expect(service({ clusterIP: '10.0.0.9' })).rejects.toThrow(
      'failed to allocate IP 10.0.0.9: provided IP is already allocated',
    );
  });

  it('may be of a range that was added, once it is ready', async () => {
    const outside = () => service({ clusterIP: '10.9.0.7' });
    await create('networking.k8s.io', 'servicecidrs', {
      metadata: { name: 'more' },
      spec: { cidrs: ['10.9.0.0/24'] },
    } as KubeObject);
    await expect(outside()).rejects.toThrow('the provided network does not match the current range');
    const ranges = core.store('networking.k8s.io', 'servicecidrs');
    const stored = ranges.collection.get('more')!;
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    await ranges.writeUnchecked(stored, { ...stored.decode(), status } as KubeObject);
    expect(ipOf(await outside())).toBe('10.9.0.7');
  });

  it('come back where clients delete them, and go where nobody has them', async () => {
    await create('networking.k8s.io', 'ipaddresses', addressRecord('10.0.0.77', 'n/gone'));
    await create('networking.k8s.io', 'ipaddresses', {
      metadata: { name: '10.0.0.78' },
      spec: { parentRef: { group: '', resource: 'services', namespace: 'n', name: 'mine' } },
    } as KubeObject);
    const ip = ipOf(await service());
    run(new ServiceAddressReconciler(core.cluster));
    await until(() => record('10.0.0.77') === undefined, 'the orphan');
    await core.store('networking.k8s.io', 'ipaddresses').delete(systemContext(''), ip, {}, WRITE);
    await until(() => record(ip) !== undefined, 'the record again');
    expect(record('10.0.0.78')).toBeDefined();
  });
});
