import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import type { KindPolicy } from '../kind-policy.js';
import { daemonSetPolicy } from './daemon-set.policy.js';
import { deploymentPolicy } from './deployment.policy.js';
import { replicaSetPolicy } from './replica-set.policy.js';
import { statefulSetPolicy } from './stateful-set.policy.js';

const workload = (spec: object = {}, pod: object = {}): KubeObject => ({
  metadata: { name: 'w' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...pod } },
    ...spec,
  },
});
const broken = { matchExpressions: [{ key: 'a', operator: 'Odd' }] };

describe.each<[string, KindPolicy, string, boolean]>([
  ['a deployment', deploymentPolicy, 'deployment', true],
  ['a replica set', replicaSetPolicy, 'deployment', true],
  ['a daemon set', daemonSetPolicy, 'daemonset', false],
  ['a stateful set', statefulSetPolicy, 'statefulset', true],
])('%s', (_kind, policy, named, requiresSelector) => {
  it('takes what is sound', () => {
    expect(createWith(policy, workload()).faults).toEqual([]);
  });

  it('needs a selector of some', () => {
    expect(createWith(policy, workload({ selector: {} })).faults).toContain(
      `spec.selector: Invalid value: {}: empty selector is invalid for ${named}`,
    );
    const none = createWith(policy, workload({ selector: undefined })).faults;
    expect(none.some((fault) => fault === 'spec.selector: Required value')).toBe(requiresSelector);
  });

  it('does not compare a broken selector with labels', () => {
    const faults = createWith(policy, workload({ selector: broken })).faults;
    expect(faults).toContain(
      'spec.selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
    );
    expect(faults.join()).not.toContain('does not match');
  });

  it('keeps its selector, shown in order', () => {
    const old = createWith(policy, workload()).object;
    const selector = { matchLabels: { z: '1', a: 'b' } };
    expect(updateWith(policy, workload({ selector }), old).faults).toContain(
      'spec.selector: Invalid value: {"matchLabels":{"a":"b","z":"1"}}: field is immutable',
    );
  });

  it('warns of its pods and drops fields behind gates', () => {
    const odd = { hostAliases: [{ ip: '010.0.0.1', hostnames: ['h'] }] };
    expect(createWith(policy, workload({}, { tolerations: [], ...odd })).faults.length).toBeGreaterThan(0);
    const duplicate = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const containers = [{ name: 'c', image: 'i:1', env: duplicate, lifecycle: { stopSignal: 'SIGTERM' } }];
    const { warnings, object } = createWith(policy, workload({}, { containers }));
    expect(warnings).toEqual([
      'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
    expect(JSON.stringify(object)).not.toContain('stopSignal');
  });
});

it('the strategy of a stateful set is shown as Go holds it', () => {
  const updateStrategy = { type: 'OnDelete', rollingUpdate: {} };
  expect(createWith(statefulSetPolicy, workload({ updateStrategy })).faults).toEqual([
    'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":0,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
  ]);
});

describe('the strategy of a daemon set', () => {
  it('surges or is unavailable', () => {
    const faults = (rollingUpdate: object) =>
      createWith(daemonSetPolicy, workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })).faults;
    expect(faults({ maxUnavailable: 0, maxSurge: '10%' })).toEqual([]);
    expect(faults({ maxUnavailable: 1, maxSurge: 1 })).toEqual([
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ]);
    expect(faults({ maxUnavailable: 0, maxSurge: 0 })).toEqual([
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ]);
  });

  it('counts generations of the template from one', () => {
    const generation = 'deprecated.daemonset.template.generation';
    expect(createWith(daemonSetPolicy, workload()).object.metadata.annotations).toEqual({ [generation]: '1' });
    const odd = workload();
    odd.metadata.annotations = { [generation]: 'odd' };
    expect(createWith(daemonSetPolicy, odd).object.metadata.annotations).toEqual({ [generation]: '1' });
  });
});
