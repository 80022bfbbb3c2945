import { expect, it } from 'vitest';
import { admit, pod, request } from '../../testing.js';
import { LimitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.js';

const apart = (kind: string, topologyKey: string) => {
  const term = kind.startsWith('required') ? { topologyKey } : { weight: 1, podAffinityTerm: { topologyKey } };
  const affinity = { podAntiAffinity: { [kind]: [term] } };
  return admit(new LimitPodHardAntiAffinityTopology(), request('/pods', pod({ affinity })));
};

it('lets pods keep others off their node, and only wish for more', async () => {
  await apart('requiredDuringSchedulingIgnoredDuringExecution', 'kubernetes.io/hostname');
  await apart('preferredDuringSchedulingIgnoredDuringExecution', 'zone');
});

it('refuses pods that keep others off a zone', async () => {
  await expect(apart('requiredDuringSchedulingIgnoredDuringExecution', 'zone')).rejects.toThrow(
    'affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  );
});
