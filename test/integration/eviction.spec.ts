import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import type { PolicyV1PodDisruptionBudget } from '../../src/apis/types.gen.js';
import { systemContext } from '../../src/reconcilers/cluster.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const WRITE = { dryRun: false };
const ctx = systemContext('n');
const LABELS = { app: 'a' };

let core: CoreStores;

beforeEach(async () => {
  core = await startCoreStores();
});

afterEach(() => core.stop());

async function create(group: string, resource: string, object: object): Promise<void> {
  const store = core.store(group, resource);
  const given = structuredClone(object) as KubeObject;
  store.definition.versions[0]!.applyDefaults(given);
  await store.create(ctx, '', given, WRITE);
  const status = (object as KubeObject)['status'];
  if (status === undefined) return;
  const stored = store.collection.get(`n/${given.metadata.name}`)!;
  await store.writeUnchecked(stored, { ...stored.decode(), status } as KubeObject);
}

const pod = (name: string, phase: string) =>
  create('', 'pods', {
    metadata: { name, namespace: 'n', labels: LABELS },
    spec: { nodeName: 'here', containers: [{ name: 'c', image: 'i:1' }] },
    status: { phase, conditions: [{ type: 'Ready', status: 'True' }] },
  });

const budget = (name: string, status: object) =>
  create('policy', 'poddisruptionbudgets', {
    metadata: { name, namespace: 'n' },
    spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
    status: { observedGeneration: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, ...status },
  });

function evict(name: string, dryRun = false) {
  const eviction = core.registry.find('', 'pods')!.subresources.get('eviction')!;
  const object = { metadata: { name, namespace: 'n' } } as KubeObject;
  return eviction.storage.create!(ctx, name, object, { dryRun });
}

const find = (resource: string, name: string, group = '') =>
  core.store(group, resource).collection.get(`n/${name}`)?.decode();
const statusOf = (name: string) =>
  (find('poddisruptionbudgets', name, 'policy') as PolicyV1PodDisruptionBudget).status!;

describe('an eviction', () => {
  it('takes room of the budget, and marks the pod', async () => {
    await pod('a', 'Running');
    await budget('b', { disruptionsAllowed: 1 });
    await evict('a', true);
    expect(find('pods', 'a')?.metadata.deletionTimestamp).toBeUndefined();
    await evict('a');
    expect(find('pods', 'a')).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget' })]) },
    });
    expect(statusOf('b')).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
  });

  it('is refused where there is no room, or nobody knows yet', async () => {
    await pod('a', 'Running');
    await budget('b', { disruptionsAllowed: 0 });
    await expect(evict('a')).rejects.toMatchObject({
      code: 429,
      details: { causes: [{ message: 'The disruption budget b needs 1 healthy pods and has 2 currently' }] },
    });
    await budget('c', { disruptionsAllowed: 0 });
    await expect(evict('a')).rejects.toThrow('more than one PodDisruptionBudget');
  });

  it('asks no budget for pods that disturb nobody', async () => {
    await budget('b', { disruptionsAllowed: -1 });
    await pod('a', 'Pending');
    await evict('a');
    expect(find('pods', 'a')).toMatchObject({
      status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget' })]) },
    });
    await pod('r', 'Running');
    await expect(evict('r')).rejects.toThrow(
      'poddisruptionbudget.policy "b" is forbidden: pdb disruptions allowed is negative',
    );
  });
});
