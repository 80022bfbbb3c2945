import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith } from '../generic/testing.js';
import { convertAutoscaler } from './autoscaler-conversion.js';
import { autoscalerPolicy } from './policies.js';

const named = (spec: object, more = {}): KubeObject =>
  ({ metadata: { name: 'a', ...more }, spec }) as unknown as KubeObject;
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };

describe('an autoscaler of v2 seen through v1', () => {
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
    { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1k' } } },
    { type: 'External', external: { metric: { name: 'lag' }, target: { type: 'Value', value: '30' } } },
  ];
  const behavior = { scaleUp: { selectPolicy: 'Min', policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] } };
  const status = { desiredReplicas: 1, currentReplicas: 1, conditions: [{ type: 'AbleToScale', status: 'True' }] };
  const whole = { ...named({ scaleTargetRef, maxReplicas: 3, metrics, behavior }), status } as KubeObject;

  it('has its CPU metric as a field and the rest in annotations', () => {
    const old = convertAutoscaler(structuredClone(whole), 'v2', 'v1');
    expect(old['spec']).toEqual({ scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 });
    expect(JSON.parse(old.metadata.annotations!['autoscaling.alpha.kubernetes.io/metrics']!)).toEqual([
      { type: 'Pods', pods: { metricName: 'rps', targetAverageValue: '1k' } },
      { type: 'External', external: { metricName: 'lag', targetValue: '30' } },
    ]);
  });

  it('comes back whole, with the CPU metric last', () => {
    const back = convertAutoscaler(convertAutoscaler(structuredClone(whole), 'v2', 'v1'), 'v1', 'v2');
    expect(back.metadata.annotations).toBeUndefined();
    expect(back['spec']).toEqual({
      scaleTargetRef,
      maxReplicas: 3,
      behavior,
      metrics: [metrics[1], metrics[2], metrics[0]],
    });
    expect(back['status']).toMatchObject({ conditions: [{ type: 'AbleToScale', status: 'True' }] });
  });

  it('takes annotations that are no JSON for absent', () => {
    const broken = named({ maxReplicas: 1 }, { annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '{' } });
    expect(convertAutoscaler(broken, 'v1', 'v2')['spec']).toMatchObject({
      maxReplicas: 1,
      metrics: [{ resource: { name: 'cpu' } }],
    });
  });
});

it('watches the CPU unless told otherwise, and fills in the rules for scaling', () => {
  const { object, faults } = createWith(
    autoscalerPolicy,
    named({ scaleTargetRef, maxReplicas: 3, behavior: { scaleDown: {} } }),
    'v2',
  );
  expect(faults).toEqual([]);
  expect(object['spec']).toMatchObject({
    minReplicas: 1,
    metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
    behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { selectPolicy: 'Max' } },
  });
});

it('scales to zero only on metrics that need no pods', () => {
  const { faults } = createWith(autoscalerPolicy, named({ scaleTargetRef, minReplicas: 0, maxReplicas: 3 }), 'v2');
  expect(faults).toEqual([
    'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
  ]);
});
