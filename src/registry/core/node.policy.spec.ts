import { describe, expect, it } from 'vitest';
import type { CoreV1Node, CoreV1NodeSpec, CoreV1NodeStatus } from '../../apis/types.gen.js';
import { createWith, updateWith } from '../generic/testing.js';
import { nodePolicy } from './node.policy.js';

const node = (spec: CoreV1NodeSpec, status: CoreV1NodeStatus = {}): CoreV1Node => ({
  metadata: { name: 'n' },
  spec,
  status,
});

describe('a node', () => {
  it('has whole ranges, those of before among them', () => {
    expect(createWith(nodePolicy, node({ podCIDRs: ['10.0.0.1/24'] })).faults).toEqual([
      'spec.podCIDRs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length',
    ]);
    const old = node({ podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'] });
    expect(updateWith(nodePolicy, node({ podCIDRs: ['10.0.1.0/24'] }), old).faults).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
  });

  it('counts pods in whole numbers', () => {
    const status = { capacity: { pods: '1.5', cpu: '500m' }, allocatable: {} };
    expect(createWith(nodePolicy, node({}, status)).faults).toEqual([
      'status.capacity.pods: Invalid value: "1.5": must be an integer',
    ]);
  });

  it('has no configuration of its kubelet any more, nor what is behind a gate', () => {
    const configSource = { configMap: { namespace: 'n', name: 'c', kubeletConfigKey: 'k' } };
    const { object, warnings } = createWith(
      nodePolicy,
      node({ configSource, externalID: 'x', podPreemptionPolicy: {} }),
    );
    expect((object as CoreV1Node).spec).toEqual({ externalID: 'x' });
    expect(warnings).toEqual(['spec.externalID: this field is deprecated, and is unused by Kubernetes']);
  });
});
