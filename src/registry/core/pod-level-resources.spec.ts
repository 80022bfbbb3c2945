import { describe, expect, it } from 'vitest';
import type { CoreV1Container, CoreV1PodSpec, CoreV1ResourceRequirements } from '../../apis/types.gen.js';
import { defaultPodLevelResources } from './pod-level-resources.js';

const completed = (resources: CoreV1ResourceRequirements, ...containers: Partial<CoreV1Container>[]) => {
  const spec = { resources, containers } as CoreV1PodSpec;
  defaultPodLevelResources(spec);
  return spec.resources;
};

describe('resources of a pod itself', () => {
  it('are left alone where it has none', () => {
    expect(completed({}, { resources: { limits: { cpu: '1' } } })).toEqual({});
  });

  it('request what its containers do, else what the pod is limited to', () => {
    const resources = { limits: { cpu: '4', memory: '4Gi' } };
    expect(completed(resources, { resources: { requests: { cpu: '500m' } } })?.requests).toEqual({
      cpu: '500m',
      memory: '4Gi',
    });
  });

  it('are limited as all containers are, never below what they request', () => {
    const limited = (cpu: string) => ({ resources: { limits: { cpu }, requests: { cpu } } });
    const requests = { cpu: '1' };
    expect(completed({ requests: { ...requests } }, limited('1'), limited('1'))?.limits).toEqual({ cpu: '2' });
    expect(completed({ requests: { cpu: '3' } }, limited('1'), limited('1'))?.limits).toEqual({ cpu: '3' });
    expect(completed({ requests: { ...requests } }, limited('1'), {})?.limits).toBeUndefined();
  });
});
