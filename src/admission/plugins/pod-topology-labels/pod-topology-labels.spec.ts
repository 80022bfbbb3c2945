import { expect, it } from 'vitest';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { PodTopologyLabels } from './pod-topology-labels.js';

const zone = { 'topology.kubernetes.io/zone': 'z1' };
const node = objectOf({ name: 'n', labels: { ...zone, other: 'x' } });
const plugin = new PodTopologyLabels(new KnownObjects().put('/nodes', node));

it('copies the place of the node onto bindings and onto pods that come with a node', async () => {
  const binding = objectOf({ name: 'p', labels: { a: 'b' } }, { target: { kind: 'Node', name: 'n' } });
  await admit(plugin, request('/pods', binding, { subresource: 'binding' }));
  expect(binding.metadata.labels).toEqual({ a: 'b', ...zone });
  const assigned = pod({ nodeName: 'n' });
  await admit(plugin, request('/pods', assigned));
  expect(assigned.metadata.labels).toEqual(zone);
});

it('has nothing to say of pods without node and of nodes that are not there', async () => {
  const [free, lost] = [pod(), pod({ nodeName: 'gone' })];
  await admit(plugin, request('/pods', free));
  await admit(plugin, request('/pods', lost));
  expect([free.metadata.labels, lost.metadata.labels]).toEqual([undefined, undefined]);
});
