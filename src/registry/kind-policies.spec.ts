import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { deploymentPolicy } from './apps/deployment.policy.js';
import { statefulSetPolicy } from './apps/stateful-set.policy.js';
import { cronJobPolicy } from './batch/cron-job.policy.js';
import { jobPolicy } from './batch/job.policy.js';
import { configMapPolicy, secretPolicy } from './core/config.policies.js';
import { namespacePolicy } from './core/namespace.policy.js';
import { createWith, updateWith } from './generic/testing.js';

const template = (more = {}) => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...more },
});
const selector = { matchLabels: { app: 'x' } };
const named = (rest: Record<string, unknown>): KubeObject => ({ metadata: { name: 'a' }, ...rest }) as KubeObject;

describe('deployments', () => {
  it('roll by a quarter unless told otherwise', () => {
    const { object, faults } = createWith(deploymentPolicy, named({ spec: { selector, template: template() } }));
    expect(faults).toEqual([]);
    expect(object['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
    });
  });

  it('need a selector that chooses their pods', () => {
    const { faults } = createWith(
      deploymentPolicy,
      named({ spec: { selector: { matchLabels: { app: 'y' } }, template: template() } }),
    );
    expect(faults).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ]);
  });

  it('count spec and annotations as generations, labels not', () => {
    const old = createWith(deploymentPolicy, named({ spec: { selector, template: template() } })).object;
    const change = (meta: object) => {
      const object = structuredClone(old);
      Object.assign(object.metadata, meta);
      return updateWith(deploymentPolicy, object, old).object.metadata.generation;
    };
    expect(change({ labels: { l: 'v' } })).toBe(1);
    expect(change({ annotations: { k: 'v' } })).toBe(2);
  });
});

it('stateful sets let mounts name their claims', () => {
  const volumeMounts = [{ name: 'data', mountPath: '/d' }];
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  const spec = { selector, template: template({ containers: [{ name: 'c', image: 'i', volumeMounts }] }) };
  expect(createWith(statefulSetPolicy, named({ spec: structuredClone(spec) })).faults).toHaveLength(1);
  expect(createWith(statefulSetPolicy, named({ spec: { ...spec, volumeClaimTemplates: [claim] } })).faults).toEqual([]);
});

describe('jobs', () => {
  it('select their pods by their own identity', () => {
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } };
    const object = named({ spec });
    object.metadata.uid = 'u-1';
    const { faults } = createWith(jobPolicy, object);
    expect(faults).toEqual([]);
    expect(object['spec']).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
      template: { metadata: { labels: { 'job-name': 'a', 'controller-uid': 'u-1' } } },
    });
  });

  it('must let their pods end', () => {
    const spec = { template: { spec: { containers: [{ name: 'c', image: 'i' }] } } };
    expect(createWith(jobPolicy, named({ spec })).faults).toContain(
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    );
  });
});

it.each([
  ['61 * * * *', 'end of range (61) above maximum (59): 61'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
  ['*/5 0-3,5 * jan mon-fri', undefined],
])('cron jobs judge the schedule %s', (schedule, fault) => {
  const jobTemplate = {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
  };
  const { faults } = createWith(cronJobPolicy, named({ spec: { schedule, jobTemplate } }));
  expect(faults).toEqual(
    fault === undefined ? [] : [`spec.schedule: Invalid value: ${JSON.stringify(schedule)}: ${fault}`],
  );
});

describe('config maps and secrets', () => {
  it('stay as they are once immutable', () => {
    const old = named({ data: { a: '1' }, immutable: true });
    const { faults } = updateWith(configMapPolicy, named({ data: { a: '2' }, immutable: true }), old);
    expect(faults).toEqual(['data: Forbidden: field is immutable when `immutable` is set']);
  });

  it('turn text into bytes that are never read back', () => {
    const { object } = createWith(secretPolicy, named({ stringData: { a: 'b' } }));
    expect(object).toMatchObject({ type: 'Opaque', data: { a: 'Yg==' } });
    expect(object['stringData']).toBeUndefined();
  });

  it('ask well-known types for their keys', () => {
    expect(createWith(secretPolicy, named({ type: 'kubernetes.io/tls' })).faults).toEqual([
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ]);
  });
});

it('namespaces carry their name and stay until their finalizers are gone', () => {
  const { object, strategy } = createWith(namespacePolicy, named({}));
  expect(object.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'a' });
  expect(strategy.deletesWhenReleased(object)).toBe(false);
  strategy.markedForDeletion(object);
  expect(object['status']).toEqual({ phase: 'Terminating' });
  object['spec'] = {};
  expect(strategy.deletesWhenReleased(object)).toBe(true);
});
