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

  it('keeps its provider, and tells its features in order', () => {
    const old = node({ providerID: 'p://a' });
    expect(updateWith(nodePolicy, node({}), old).faults).toEqual([
      'spec.providerID: Invalid value: null: field cannot be cleared once set',
    ]);
    const { faults } = createWith(nodePolicy, node({}, { declaredFeatures: ['B', 'A', 'A', 'small'] }));
    expect(faults.map((text) => text.split(': invalid')[0])).toEqual([
      'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
      'status.declaredFeatures[2]: Duplicate value: "A"',
      'status.declaredFeatures[3]: Invalid value: "small"',
    ]);
  });

  it('has taints with an effect', () => {
    expect(createWith(nodePolicy, node({ taints: [{ key: 'k', effect: '' }] })).faults).toEqual([
      'metadata.taints[0].effect: Required value',
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
