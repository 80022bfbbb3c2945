import { describe, expect, it } from 'vitest';
import type { CoreV1Pod, CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';
import { createWith, testContext, testEnvironment, updateWith } from '../generic/testing.js';
import { podPolicy } from './pod.policy.js';
import { EphemeralContainersStrategy, PodStatusStrategy, ResizeStrategy } from './pod.strategy.js';
import { defaultPodStatus } from './pod-defaults.js';

const pod = (spec: Partial<CoreV1PodSpec> = {}): CoreV1Pod => ({
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'img:1' }], ...spec },
});
const faultsOf = (spec: Partial<CoreV1PodSpec>) => createWith(podPolicy, pod(spec)).faults;

describe('a new pod', () => {
  it('is filled with defaults and starts pending', () => {
    const { object, faults } = createWith(podPolicy, pod());
    const { spec, status, metadata } = object as CoreV1Pod;
    expect(faults).toEqual([]);
    expect(metadata.generation).toBe(1);
    expect(status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
      containers: [{ imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' }],
    });
  });

  it.each([
    ['app', 'Always'],
    ['app:latest', 'Always'],
    ['host:5000/app', 'Always'],
    ['app:v1', 'IfNotPresent'],
    ['app@sha256:abc', 'IfNotPresent'],
  ])('pulls %s by policy %s', (image, policy) => {
    const { object } = createWith(podPolicy, pod({ containers: [{ name: 'c', image }] }));
    expect((object as CoreV1Pod).spec?.containers?.[0]?.imagePullPolicy).toBe(policy);
  });

  it('requests what it is limited to', () => {
    const limits = { cpu: '1', memory: '1Gi' };
    const { object } = createWith(podPolicy, pod({ containers: [{ name: 'c', image: 'i', resources: { limits } }] }));
    expect((object as CoreV1Pod).spec?.containers?.[0]?.resources?.requests).toEqual(limits);
    expect((object as CoreV1Pod).status?.qosClass).toBe('Guaranteed');
  });

  it('waits behind its gates', () => {
    const { object } = createWith(podPolicy, pod({ schedulingGates: [{ name: 'g' }] }));
    expect((object as CoreV1Pod).status?.conditions?.[0]).toMatchObject({
      type: 'PodScheduled',
      reason: 'SchedulingGated',
    });
  });

  it.each<[string, Partial<CoreV1PodSpec>, string[]]>([
    ['no container', { containers: [] }, ['spec.containers: Required value']],
    [
      'a name twice',
      { initContainers: [{ name: 'c', image: 'i' }] },
      ['spec.initContainers[0].name: Duplicate value: "c"'],
    ],
    [
      'an unknown restart policy, listed as the API lists them',
      { restartPolicy: 'Perhaps' },
      ['spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      'a mount of no volume',
      { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      'a request beyond the limit',
      { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      'a toleration of everything that is not Exists',
      { tolerations: [{ operator: 'Equal' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
  ])('is refused for %s', (_what, spec, faults) => {
    expect(faultsOf(spec)).toEqual(faults);
  });

  it('warns of a variable that hides another', () => {
    const env = [{ name: 'A' }, { name: 'A' }];
    const { warnings } = createWith(podPolicy, pod({ containers: [{ name: 'c', image: 'i', env }] }));
    expect(warnings).toEqual([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
  });
});

describe('an update of a pod', () => {
  const stored = () => createWith(podPolicy, pod()).object as CoreV1Pod;

  it('may change an image and counts as a generation', () => {
    const { object, faults } = updateWith(podPolicy, pod({ containers: [{ name: 'c', image: 'img:2' }] }), stored());
    expect(faults).toEqual([]);
    expect(object.metadata.generation).toBe(2);
  });

  it('shows what else was changed', () => {
    const { faults } = updateWith(podPolicy, pod({ nodeName: 'n1' }), stored());
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('spec: Forbidden: pod updates may not change fields other than');
    expect(faults[0]).toContain('\n- "NodeName": "",\n+ "NodeName": "n1",\n');
  });

  it('keeps the status of what is stored', () => {
    const change: CoreV1Pod = { ...pod(), status: { phase: 'Running' } };
    expect(updateWith(podPolicy, change, stored()).object).toMatchObject({ status: { phase: 'Pending' } });
  });
});

describe('the other doors of a pod', () => {
  const environment = testEnvironment();
  const stored = () => createWith(podPolicy, pod()).object as CoreV1Pod;

  it('let ephemeral containers in and never out', () => {
    const strategy = new EphemeralContainersStrategy(environment);
    const old = stored();
    const debug = { name: 'd', image: 'sh', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' };
    old.spec!.ephemeralContainers = [debug];
    const change = structuredClone(old);
    delete change.spec!.ephemeralContainers;
    strategy.prepareForUpdate(testContext, change, old);
    expect(strategy.validateUpdate(testContext, change, old).map(({ message }) => message)).toEqual([
      'Forbidden: existing ephemeral containers "d" may not be removed\n',
    ]);
  });

  it('let resources change as long as the quality of service holds', () => {
    const strategy = new ResizeStrategy(environment);
    const old = stored();
    const change = structuredClone(old);
    change.spec!.containers![0]!.resources = { requests: { cpu: '1' } };
    change.spec!.containers![0]!.image = 'ignored';
    strategy.prepareForUpdate(testContext, change, old);
    expect(change.spec!.containers![0]!.image).toBe('img:1');
    expect(strategy.validateUpdate(testContext, change, old).map(({ message }) => message)).toContain(
      'Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing',
    );
  });

  it('let resources of all init containers change', () => {
    const strategy = new ResizeStrategy(environment);
    const amounts = (cpu: string) => ({ requests: { cpu, memory: '1Mi' } });
    const containers = [{ name: 'c', image: 'i:1', resources: amounts('1') }];
    const init = { name: 'init', image: 'i:1', resources: amounts('1') };
    const old = createWith(podPolicy, pod({ containers, initContainers: [init] })).object as CoreV1Pod;
    const change = structuredClone(old);
    change.spec!.initContainers![0]!.resources = amounts('2');
    strategy.prepareForUpdate(testContext, change, old);
    expect(strategy.validateUpdate(testContext, change, old)).toEqual([]);
    change.spec!.initContainers![0]!.resources = { requests: { memory: '1Mi' } };
    expect(
      strategy.validateUpdate(testContext, change, old).map(({ field, message }) => `${field}: ${message}`),
    ).toEqual(['spec.initContainers[0].resources.requests: Forbidden: resource requests cannot be removed']);
  });

  it('keep the resources of the pod itself where a resize leaves them out', () => {
    const strategy = new ResizeStrategy(environment);
    const amounts = { requests: { cpu: '1', memory: '1Mi' } };
    const containers = [{ name: 'c', image: 'i:1', resources: amounts }];
    const resources = { requests: { cpu: '2', memory: '2Mi' } };
    const old = createWith(podPolicy, pod({ containers, resources })).object as CoreV1Pod;
    const change = structuredClone(old);
    delete change.spec!.resources;
    strategy.prepareForUpdate(testContext, change, old);
    expect(strategy.validateUpdate(testContext, change, old)).toEqual([]);
    expect(change.spec!.resources).toEqual(resources);
    change.spec!.resources = { requests: { cpu: '2' } };
    const faults = strategy.validateUpdate(testContext, change, old);
    expect(faults.map(({ field, message }) => `${field}: ${message}`)).toContain(
      'spec.resources.requests: Forbidden: pod-level resource requests cannot be removed',
    );
  });

  it('keep them where an update leaves them out', () => {
    const resources = { requests: { cpu: '2', memory: '2Mi' } };
    const old = createWith(podPolicy, pod({ containers: [{ name: 'c', image: 'i:1' }], resources }))
      .object as CoreV1Pod;
    const change = structuredClone(old);
    delete change.spec!.resources;
    expect(updateWith(podPolicy, change, old).faults).toEqual([]);
    expect(change.spec!.resources).toEqual(resources);
  });

  it('start no init container again to resize it, but where it was allowed before', () => {
    const restart = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
    const resources = { requests: { cpu: '1' } };
    const init = { name: 'init', image: 'i:1', resources, resizePolicy: restart };
    const given = pod({ containers: [{ name: 'c', image: 'i:1', resources }], initContainers: [init] });
    const { object, faults } = createWith(podPolicy, given);
    expect(faults).toEqual([
      'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to \'RestartContainer\' for non-sidecar initContainers',
    ]);
    const strategy = new ResizeStrategy(environment);
    const old = object as CoreV1Pod;
    const change = structuredClone(old);
    change.spec!.initContainers![0]!.resources = { requests: { cpu: '2' } };
    strategy.prepareForUpdate(testContext, change, old);
    expect(
      strategy.validateUpdate(testContext, change, old).map(({ field, message }) => `${field}: ${message}`),
    ).toEqual([
      'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
    ]);
  });

  it('let only the status through the status door', () => {
    const strategy = new PodStatusStrategy(environment);
    const old = stored();
    const change = structuredClone(old);
    change.spec!.nodeName = 'n';
    change.status = { phase: 'Running', podIP: '10.1.2.3' };
    strategy.prepareForUpdate(testContext, change, old);
    expect(change.spec!.nodeName).toBeUndefined();
    expect(change.status).toEqual({ phase: 'Running', podIP: '10.1.2.3', qosClass: 'BestEffort' });
  });

  it.each<[CoreV1PodStatus, CoreV1PodStatus]>([
    [{ podIP: '10.1.2.3' }, { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] }],
    [{ podIPs: [{ ip: '10.1.2.3' }] }, { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] }],
    [
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.9.9.9' }] },
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] },
    ],
  ])('keep the address and the list of them together: %j', (status, whole) => {
    const given = structuredClone(status);
    defaultPodStatus(given);
    expect(given).toEqual(whole);
  });
});

describe('the deletion of a pod', () => {
  const strategy = podPolicy.strategy(testEnvironment());
  it.each<[string, CoreV1Pod, number | undefined, number]>([
    ['goes at once without a node', pod(), undefined, 0],
    ['waits its own time on a node', pod({ nodeName: 'n', terminationGracePeriodSeconds: 30 }), undefined, 30],
    ['waits as long as it is told', pod({ nodeName: 'n' }), 7, 7],
    ['goes at once when it has ended', { ...pod({ nodeName: 'n' }), status: { phase: 'Failed' } }, 7, 0],
  ])('%s', (_what, object, asked, seconds) => {
    const options = asked === undefined ? {} : { gracePeriodSeconds: asked };
    expect(strategy.checkGracefulDelete(testContext, object, options)).toBe(true);
    expect(options).toEqual({ gracePeriodSeconds: seconds });
  });
});
