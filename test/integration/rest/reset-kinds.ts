const CONDITIONS = (status: string) => ({ conditions: [{ type: 'Mine', status }] });
/** As conditions of metav1.Condition are to be. */
const conditionsOf = (status: string) => ({
  conditions: [{ type: 'Mine', status, lastTransitionTime: '2020-01-01T00:00:00Z', reason: 'Told', message: 'told' }],
});
const BALANCER = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } });

const POD = (image: string) => ({ containers: [{ name: 'c', image }] });
const WORKLOAD = (image: string) => ({
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: POD(image) },
});
const JOB = (image: string) => ({ template: { spec: { restartPolicy: 'Never', ...POD(image) } } });

/** Two applied configurations of one kind, and what its endpoints reset. */
export interface ResetKind {
  readonly path: string;
  readonly kind: string;
  readonly name?: string;
  /** Each pair differs in one field. */
  readonly spec: readonly [object, object];
  readonly status: readonly [object, object];
  /** Metadata that the status endpoint resets besides the spec. */
  readonly metadata?: readonly ('labels' | 'ownerReferences')[];
  /** All there is to set is reset somewhere. */
  readonly noConflict?: true;
}

const pair = <A, B>(make: (one: A) => B, one: A, other: A): [B, B] => [make(one), make(other)];
const CONDITION_PAIR = pair(CONDITIONS, 'True', 'False');
const FULL_PAIR = pair(conditionsOf, 'True', 'False');
const LABELS = ['labels'] as const;

/** Every built-in kind with a status endpoint that can be applied to, by resource. */
export const RESET_KINDS: Record<string, ResetKind> = {
  namespaces: {
    path: '/api/v1',
    kind: 'Namespace',
    name: 'reset',
    spec: [{}, {}],
    status: CONDITION_PAIR,
    noConflict: true,
  },
  nodes: {
    path: '/api/v1',
    kind: 'Node',
    spec: [{ unschedulable: true }, { unschedulable: false }],
    status: CONDITION_PAIR,
  },
  persistentvolumeclaims: {
    path: '/api/v1',
    kind: 'PersistentVolumeClaim',
    spec: pair((storage) => ({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } }), '1Gi', '2Gi'),
    status: CONDITION_PAIR,
  },
  persistentvolumes: {
    path: '/api/v1',
    kind: 'PersistentVolume',
    spec: pair(
      (storage) => ({ accessModes: ['ReadWriteOnce'], hostPath: { path: '/a' }, capacity: { storage } }),
      '1Gi',
      '2Gi',
    ),
    status: [{ message: 'a' }, { message: 'b' }],
  },
  pods: {
    path: '/api/v1',
    kind: 'Pod',
    spec: pair(POD, 'a', 'b'),
    status: CONDITION_PAIR,
    metadata: ['ownerReferences'],
  },
  replicationcontrollers: {
    path: '/api/v1',
    kind: 'ReplicationController',
    spec: pair((image) => ({ ...WORKLOAD(image), selector: { a: 'b' } }), 'a', 'b'),
    status: CONDITION_PAIR,
  },
  resourcequotas: {
    path: '/api/v1',
    kind: 'ResourceQuota',
    spec: pair((cpu) => ({ hard: { cpu } }), '1', '2'),
    status: pair((cpu) => ({ used: { cpu } }), '1', '2'),
  },
  services: {
    path: '/api/v1',
    kind: 'Service',
    spec: pair(
      (sessionAffinity) => ({ type: 'LoadBalancer', ports: [{ port: 80 }], sessionAffinity }),
      'None',
      'ClientIP',
    ),
    status: pair(BALANCER, '127.0.0.1', '127.0.0.2'),
  },
  apiservices: {
    path: '/apis/apiregistration.k8s.io/v1',
    kind: 'APIService',
    name: 'v1.reset.example.com',
    spec: pair(
      (groupPriorityMinimum) => ({
        group: 'reset.example.com',
        version: 'v1',
        groupPriorityMinimum,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { name: 'a', namespace: 'default' },
      }),
      1000,
      1001,
    ),
    status: CONDITION_PAIR,
    metadata: LABELS,
  },
  daemonsets: {
    path: '/apis/apps/v1',
    kind: 'DaemonSet',
    spec: pair(WORKLOAD, 'a', 'b'),
    status: CONDITION_PAIR,
  },
  deployments: {
    path: '/apis/apps/v1',
    kind: 'Deployment',
    spec: pair(WORKLOAD, 'a', 'b'),
    status: CONDITION_PAIR,
    metadata: LABELS,
  },
  replicasets: {
    path: '/apis/apps/v1',
    kind: 'ReplicaSet',
    spec: pair(WORKLOAD, 'a', 'b'),
    status: CONDITION_PAIR,
  },
  statefulsets: {
    path: '/apis/apps/v1',
    kind: 'StatefulSet',
    spec: pair(WORKLOAD, 'a', 'b'),
    status: pair((status) => ({ replicas: 0, ...CONDITIONS(status) }), 'True', 'False'),
  },
  horizontalpodautoscalers: {
    path: '/apis/autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    spec: pair(
      (maxReplicas) => ({ maxReplicas, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } }),
      3,
      4,
    ),
    status: pair((currentReplicas) => ({ currentReplicas, desiredReplicas: 1 }), 5, 6),
  },
  cronjobs: {
    path: '/apis/batch/v1',
    kind: 'CronJob',
    spec: pair((image) => ({ schedule: '* * * * *', jobTemplate: { spec: JOB(image) } }), 'a', 'b'),
    status: pair((lastScheduleTime) => ({ lastScheduleTime }), '2020-01-01T00:00:00Z', '2020-01-01T00:00:01Z'),
  },
  jobs: { path: '/apis/batch/v1', kind: 'Job', spec: pair(JOB, 'a', 'b'), status: CONDITION_PAIR },
  ingresses: {
    path: '/apis/networking.k8s.io/v1',
    kind: 'Ingress',
    spec: pair((name) => ({ defaultBackend: { service: { name, port: { number: 80 } } } }), 'a', 'b'),
    status: pair(BALANCER, '127.0.0.1', '127.0.0.2'),
  },
  servicecidrs: {
    path: '/apis/networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    spec: pair((more) => ({ cidrs: ['10.9.0.0/24', ...more] }), [], ['fd00:9::/112']),
    status: FULL_PAIR,
    metadata: LABELS,
  },
  poddisruptionbudgets: {
    path: '/apis/policy/v1',
    kind: 'PodDisruptionBudget',
    spec: pair((value) => ({ selector: { matchLabels: { a: value } } }), 'b', 'c'),
    status: pair(
      (currentHealthy) => ({ currentHealthy, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
      1,
      2,
    ),
  },
  volumeattachments: {
    path: '/apis/storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    spec: pair((nodeName) => ({ attacher: 'a.b', nodeName, source: { persistentVolumeName: 'v' } }), 'a', 'b'),
    status: pair((attached) => ({ attached }), true, false),
    metadata: LABELS,
  },
  validatingadmissionpolicies: {
    path: '/apis/admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    spec: pair(
      (kind) => ({
        paramKind: { apiVersion: 'apps/v1', kind },
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        validations: [{ expression: 'true' }],
      }),
      'Deployment',
      'ReplicaSet',
    ),
    status: FULL_PAIR,
    metadata: LABELS,
  },
  customresourcedefinitions: {
    path: '/apis/apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: 'resets.example.com',
    spec: pair(
      (shortName) => ({
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'resets', kind: 'Reset', listKind: 'ResetList', singular: 'reset', shortNames: [shortName] },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      }),
      'rs',
      'rt',
    ),
    status: CONDITION_PAIR,
  },
  resourceclaims: {
    path: '/apis/resource.k8s.io/v1',
    kind: 'ResourceClaim',
    spec: pair(
      (deviceClassName) => ({ devices: { requests: [{ name: 'r', exactly: { deviceClassName } }] } }),
      'a',
      'b',
    ),
    status: pair((name) => ({ allocation: {}, reservedFor: [{ resource: 'pods', name, uid: 'u' }] }), 'a', 'b'),
    metadata: LABELS,
  },
  devicetaintrules: {
    path: '/apis/resource.k8s.io/v1',
    kind: 'DeviceTaintRule',
    spec: pair(
      (value) => ({ deviceSelector: { driver: 'd' }, taint: { key: 'k', value, effect: 'NoSchedule' } }),
      'a',
      'b',
    ),
    status: FULL_PAIR,
    metadata: LABELS,
  },
  flowschemas: {
    path: '/apis/flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    spec: pair((matchingPrecedence) => ({ matchingPrecedence, priorityLevelConfiguration: { name: 'a' } }), 10, 11),
    status: CONDITION_PAIR,
    metadata: LABELS,
  },
  prioritylevelconfigurations: {
    path: '/apis/flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    spec: pair(
      (nominalConcurrencyShares) => ({
        type: 'Limited',
        limited: { nominalConcurrencyShares, limitResponse: { type: 'Reject' } },
      }),
      10,
      11,
    ),
    status: CONDITION_PAIR,
    metadata: LABELS,
  },
  storageversionmigrations: {
    path: '/apis/storagemigration.k8s.io/v1',
    kind: 'StorageVersionMigration',
    spec: pair((resource) => ({ resource: { group: 'apps', resource } }), 'deployments', 'replicasets'),
    status: FULL_PAIR,
    metadata: LABELS,
  },
};
