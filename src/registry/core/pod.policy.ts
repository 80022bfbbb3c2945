import type { CoreV1Pod } from '../../apis/types.gen.js';
import { updateThrough } from '../generic/update-through.js';
import type { KindPolicy } from '../kind-policy.js';
import { podConnections } from './connections/pod-connections.js';
import { EphemeralContainersStrategy, PodStatusStrategy, PodStrategy, ResizeStrategy } from './pod.strategy.js';
import { BindingRest } from './pod-binding.js';
import { defaultPod, defaultPodStatus, dropInitAnnotations } from './pod-defaults.js';
import { EvictionRest } from './pod-eviction.js';

export const podPolicy: KindPolicy = {
  group: '',
  resource: 'pods',
  strategy: (environment) => new PodStrategy(environment),
  statusStrategy: (_main, environment) => new PodStatusStrategy(environment),
  defaults: {
    v1: (object) => {
      const pod = object as CoreV1Pod;
      pod.spec ??= { containers: null };
      defaultPod(pod.spec);
      if (pod.status) defaultPodStatus(pod.status);
      dropInitAnnotations(pod.metadata);
    },
  },
  subresources: (store, environment) => [
    ...podConnections(store, environment),
    { name: 'ephemeralcontainers', storage: updateThrough(store, new EphemeralContainersStrategy(environment)) },
    { name: 'resize', storage: updateThrough(store, new ResizeStrategy(environment)) },
    {
      name: 'binding',
      kind: { group: '', version: 'v1', kind: 'Binding' },
      schema: environment.catalogue.schemaOf('core.v1.Binding'),
      storage: new BindingRest(store, environment),
    },
    {
      name: 'eviction',
      kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      schema: environment.catalogue.schemaOf('policy.v1.Eviction'),
      storage: new EvictionRest(store, environment),
    },
  ],
};
