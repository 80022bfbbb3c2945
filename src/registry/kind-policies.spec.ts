import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { controllerRevisionPolicy } from './apps/controller-revision.policy.js';
import { deploymentPolicy } from './apps/deployment.policy.js';
import { statefulSetPolicy } from './apps/stateful-set.policy.js';
import { serviceAccountPolicy } from './authentication/service-account.policy.js';
import { cronJobPolicy } from './batch/cron-job.policy.js';
import { jobPolicy } from './batch/job.policy.js';
import { configMapPolicy, secretPolicy } from './core/config.policies.js';
import { endpointsPolicy } from './core/endpoints.policy.js';
import { namespacePolicy } from './core/namespace.policy.js';
import { replicationControllerPolicy } from './core/template-kinds.policies.js';
import { createWith, testContext, testEnvironment, updateWith } from './generic/testing.js';
import { runtimeClassPolicy } from './node/policies.js';

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
  const resources = { requests: { storage: '1Gi' } };
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources } };
  const spec = { selector, template: template({ containers: [{ name: 'c', image: 'i', volumeMounts }] }) };
  expect(createWith(statefulSetPolicy, named({ spec: structuredClone(spec) })).faults).toHaveLength(1);
  expect(createWith(statefulSetPolicy, named({ spec: { ...spec, volumeClaimTemplates: [claim] } })).faults).toEqual([]);
});

it('stateful sets judge their claims at the creation, and not the names that each pod gets anew', () => {
  const pod = { containers: [{ name: 'c', image: 'i' }], hostname: 'no.label', subdomain: 'No' };
  const claims = [{ metadata: { name: 'data' }, spec: {} }];
  const spec = { selector, template: template(pod), serviceName: 's', volumeClaimTemplates: claims };
  const { object, faults } = createWith(statefulSetPolicy, named({ spec }));
  expect(faults).toEqual([
    'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
    'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
  ]);
  const { selector: _, ...without } = structuredClone(object['spec']) as Record<string, never>;
  expect(updateWith(statefulSetPolicy, named({ spec: without }), object).faults).toContain(
    'spec.selector: Invalid value: null: field is immutable',
  );
});

it('revisions of controllers hold objects', () => {
  expect(createWith(controllerRevisionPolicy, named({ data: 'x', revision: 1 })).faults).toEqual([
    'data: Required value: data must be a valid JSON object',
  ]);
  expect(updateWith(controllerRevisionPolicy, named({ revision: 1 }), named({ data: {}, revision: 1 })).faults).toEqual(
    ['data: Invalid value: null: field is immutable'],
  );
});

it('service accounts name their secrets and nothing more', () => {
  const secrets = [{ name: 'a', namespace: 'elsewhere', fieldPath: 'x' }];
  expect(createWith(serviceAccountPolicy, named({ secrets })).object['secrets']).toEqual([{ name: 'a' }]);
});

it('a key of a secret may be without content', () => {
  const data = { 'tls.crt': null, 'tls.key': null };
  const { faults, warnings } = createWith(secretPolicy, named({ type: 'kubernetes.io/tls', data }));
  expect(faults).toEqual([]);
  expect(warnings).toHaveLength(1);
});

it('endpoints stay in the order in which they are written', () => {
  const subsets = [
    { addresses: [{ ip: '1.2.3.5' }, { ip: '1.2.3.4' }], ports: [{ name: 'b', port: 80, protocol: 'TCP' }] },
    { addresses: [{ ip: '1.2.3.4' }, { ip: '1.2.3.5' }], ports: [{ name: 'a', port: 81, protocol: 'TCP' }] },
  ];
  const { object, strategy } = createWith(endpointsPolicy, named({ subsets: structuredClone(subsets) }));
  strategy.canonicalize(object);
  expect(object['subsets']).toEqual(subsets);
});

it('replication controllers are warned about the template that they had', () => {
  const of = (seconds: number) =>
    named({ spec: { selector: { app: 'x' }, template: template({ terminationGracePeriodSeconds: seconds }) } });
  const strategy = replicationControllerPolicy.strategy(testEnvironment());
  const [good, odd] = [createWith(replicationControllerPolicy, of(1)).object, of(-1)];
  odd.metadata.generation = 2;
  expect(strategy.warningsOnUpdate(testContext, odd, good)).toEqual([]);
  expect(strategy.warningsOnUpdate(testContext, good, odd)).toHaveLength(1);
});

it('runtime classes tolerate a taint once', () => {
  const tolerations = [
    { key: 'k', operator: 'Exists' },
    { key: 'k', operator: 'Exists' },
  ];
  expect(createWith(runtimeClassPolicy, named({ handler: 'h', scheduling: { tolerations } })).faults).toEqual([
    'scheduling.tolerations[1]: Duplicate value: {"Key":"k","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}',
  ]);
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
