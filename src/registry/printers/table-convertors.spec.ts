import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { Catalogue } from '../../apis/catalogue.js';
import { tableConvertors } from './table-convertors.js';

const catalogue = new Catalogue();
const convertors = tableConvertors((groupVersion, resource) => catalogue.columnsOf(groupVersion, resource));
const CREATED = '2026-03-01T10:00:00Z';
const NOW = Date.parse('2026-03-01T10:03:20Z');

function row(key: string, fields: JsonObject, metadata: JsonObject = {}) {
  const object = { metadata: { name: 'x', creationTimestamp: CREATED, ...metadata }, ...fields } as KubeObject;
  return convertors.get(key)!.row(object, { list: false, now: NOW });
}

function cells(key: string, fields: JsonObject, metadata: JsonObject = {}) {
  return row(key, fields, metadata).cells;
}

function pod(status: JsonObject, spec: JsonObject = {}, metadata: JsonObject = {}) {
  return cells('v1/pods', { spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec }, status }, metadata).slice(
    1,
    4,
  );
}

const template = {
  spec: {
    containers: [
      { name: 'a', image: 'i:1' },
      { name: 'b', image: 'i:2' },
    ],
  },
};

describe('tableConvertors', () => {
  it('prints every built-in kind that has columns, with a cell for each', () => {
    for (const { groupVersion, resource } of catalogue.builtinResources()) {
      const columns = catalogue.columnsOf(groupVersion, resource);
      const convertor = convertors.get(`${groupVersion}/${resource}`);
      if (columns === undefined || columns[1]?.name === 'Created At') continue;
      expect(
        convertor?.columns.map(({ name }) => name),
        `${groupVersion}/${resource}`,
      ).toEqual(columns.map(({ name }) => name));
      const bare = { spec: { scaleTargetRef: {}, names: {} }, roleRef: {} } as JsonObject;
      const extra = resource === 'ipaddresses' ? 1 : 0;
      expect(cells(`${groupVersion}/${resource}`, bare).length, `${groupVersion}/${resource}`).toBe(
        columns.length + extra,
      );
    }
  });
});

describe('pods', () => {
  it('show the phase until containers say more', () => {
    expect(pod({ phase: 'Pending' })).toEqual(['0/2', 'Pending', '0']);
    expect(pod({ phase: 'Failed', reason: 'Evicted' })).toEqual(['0/2', 'Evicted', '0']);
    expect(
      pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] })[1],
    ).toBe('SchedulingGated');
  });

  it('show the first container that does not run', () => {
    const containerStatuses = [
      { name: 'a', ready: false, restartCount: 1, state: { terminated: { exitCode: 3 } } },
      {
        name: 'b',
        ready: true,
        restartCount: 2,
        state: { running: {} },
        lastState: { terminated: { finishedAt: '2026-03-01T10:03:10Z' } },
      },
    ];
    expect(pod({ phase: 'Running', containerStatuses })).toEqual(['1/2', 'ExitCode:3', '3 (10s ago)']);
    const signalled = [{ name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 0, signal: 9 } } }];
    expect(pod({ phase: 'Running', containerStatuses: signalled })[1]).toBe('Signal:9');
  });

  it('are running or not ready again while one container goes on after the others completed', () => {
    const containerStatuses = [
      { name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
      { name: 'b', ready: true, restartCount: 0, state: { running: {} } },
    ];
    expect(pod({ phase: 'Running', containerStatuses })[1]).toBe('NotReady');
    expect(pod({ phase: 'Running', containerStatuses, conditions: [{ type: 'Ready', status: 'True' }] })[1]).toBe(
      'Running',
    );
  });

  it('tell how far initialising has come, and count sidecars as containers', () => {
    const spec = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }, { name: 'j' }] };
    const done = { name: 'i', ready: true, restartCount: 5, state: { terminated: { exitCode: 0 } } };
    const sidecar = { name: 's', ready: true, started: true, restartCount: 1, state: { running: {} } };
    const waiting = { name: 'j', ready: false, restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } };
    expect(pod({ phase: 'Pending', initContainerStatuses: [done, sidecar, waiting] }, spec)).toEqual([
      '1/3',
      'Init:2/3',
      '6',
    ]);
    const failed = { ...waiting, state: { terminated: { exitCode: 2, reason: 'Error' } } };
    expect(pod({ phase: 'Pending', initContainerStatuses: [done, sidecar, failed] }, spec)[1]).toBe('Init:Error');
    const stuck = { ...sidecar, started: false, state: { waiting: { reason: 'CrashLoopBackOff' } } };
    const initialized = { conditions: [{ type: 'Initialized', status: 'True' }] };
    const later = { ...sidecar, restartCount: 7 };
    const restarting = { phase: 'Running', initContainerStatuses: [done, stuck, later], ...initialized };
    expect(pod(restarting, spec)).toEqual(['0/3', 'Init:CrashLoopBackOff', '1']);
    const over = { ...waiting, state: { terminated: { exitCode: 0 } } };
    expect(pod({ phase: 'Running', initContainerStatuses: [done, sidecar, over] }, spec)).toEqual([
      '1/3',
      'Running',
      '1',
    ]);
  });

  it('are terminating once deleted, unless they have ended or their node is lost', () => {
    const deleted = { deletionTimestamp: CREATED };
    expect(pod({ phase: 'Running' }, {}, deleted)[1]).toBe('Terminating');
    expect(pod({ phase: 'Succeeded' }, {}, deleted)[1]).toBe('Succeeded');
    expect(pod({ phase: 'Running', reason: 'NodeLost' }, {}, deleted)[1]).toBe('Unknown');
  });

  it('that ended carry a row condition', () => {
    expect(row('v1/pods', { status: { phase: 'Failed' } }).conditions).toMatchObject([
      { type: 'Completed', reason: 'Failed' },
    ]);
    expect(row('v1/pods', { status: { phase: 'Running' } }).conditions).toBeUndefined();
  });
});

describe('workloads', () => {
  it('print counts, containers and selectors', () => {
    expect(
      cells('apps/v1/deployments', {
        spec: { replicas: 4, selector: { matchLabels: { b: '2', a: '1' } }, template },
        status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 3 },
      }),
    ).toEqual(['x', '1/4', 2, 3, '3m20s', 'a,b', 'i:1,i:2', 'a=1,b=2']);
    expect(cells('autoscaling/v1/scale', { spec: { replicas: 2 }, status: { replicas: 1 } })).toEqual([
      'x',
      2,
      1,
      '3m20s',
    ]);
    expect(
      cells(
        'apps/v1/controllerrevisions',
        { revision: 3 },
        { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true }] },
      ),
    ).toEqual(['x', 'daemonset.apps/d', 3, '3m20s']);
  });

  it('print the state, completions and duration of jobs', () => {
    const job = (spec: JsonObject, status: JsonObject, metadata: JsonObject = {}) =>
      cells('batch/v1/jobs', { spec, status }, metadata).slice(1, 4);
    const startTime = '2026-03-01T10:00:10Z';
    expect(job({ completions: 3 }, { succeeded: 1, startTime })).toEqual(['Running', '1/3', '3m10s']);
    expect(job({ parallelism: 5 }, {})).toEqual(['Running', '0/1 of 5', '']);
    const complete = {
      conditions: [{ type: 'Complete', status: 'True' }],
      startTime,
      completionTime: '2026-03-01T10:00:55Z',
    };
    expect(job({ completions: 1 }, complete, { deletionTimestamp: CREATED })).toEqual(['Complete', '0/1', '45s']);
    expect(job({}, { conditions: [{ type: 'Suspended', status: 'True' }] })[0]).toBe('Suspended');
  });
});

describe('network kinds', () => {
  it('print service addresses by type', () => {
    const service = (spec: JsonObject, status: JsonObject = {}) => cells('v1/services', { spec, status })[3];
    expect(service({ type: 'ClusterIP' })).toBe('<none>');
    expect(service({ type: 'NodePort', externalIPs: ['192.0.2.1', '192.0.2.2'] })).toBe('192.0.2.1,192.0.2.2');
    expect(service({ type: 'LoadBalancer' })).toBe('<pending>');
    const ingress = [{ hostname: 'b' }, { ip: '10.0.0.9' }, { hostname: 'b' }];
    expect(service({ type: 'LoadBalancer', externalIPs: ['192.0.2.1'] }, { loadBalancer: { ingress } })).toBe(
      '10.0.0.9,b,192.0.2.1',
    );
  });

  it('spell out three endpoints and count the others', () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ports: [{ port: 80 }, { port: 81 }] }];
    expect(cells('v1/endpoints', { subsets })[1]).toBe('10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...');
    expect(cells('v1/endpoints', {})[1]).toBe('<none>');
    expect(cells('v1/endpoints', { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }] })[1]).toBe('');
    expect(
      cells('discovery.k8s.io/v1/endpointslices', {
        addressType: 'IPv4',
        ports: [{ name: 'h' }, {}],
        endpoints: [],
      }).slice(2, 4),
    ).toEqual(['h,*', '<unset>']);
  });

  it('do not name the ports of a slice that stands for all of them', () => {
    expect(cells('discovery.k8s.io/v1/endpointslices', { addressType: 'IPv4', ports: [{ name: '' }] })[2]).toBe(
      '<unset>',
    );
  });

  it('list flow schemas as requests meet them', () => {
    const of = (name: string, matchingPrecedence: number) =>
      ({ metadata: { name }, spec: { matchingPrecedence } }) as unknown as KubeObject;
    const { compare } = convertors.get('flowcontrol.apiserver.k8s.io/v1/flowschemas')!;
    const sorted = [of('a', 9), of('c', 1), of('b', 9)].sort(compare);
    expect(sorted.map(({ metadata }) => metadata.name)).toEqual(['c', 'a', 'b']);
  });

  it('count ingress rules beyond three hosts', () => {
    const rules = [{ host: 'a' }, {}, { host: 'b' }, { host: 'c' }, { host: 'd' }];
    expect(cells('networking.k8s.io/v1/ingresses', { spec: { rules } }).slice(1, 5)).toEqual([
      '<none>',
      'a,b,c + 2 more...',
      '',
      '80',
    ]);
    expect(cells('networking.k8s.io/v1/ingresses', { spec: { rules: [{}] } })[2]).toBe('*');
  });

  it('name the parent of an address', () => {
    const parentRef = { group: '', resource: 'services', namespace: 'n', name: 's' };
    expect(cells('networking.k8s.io/v1/ipaddresses', { spec: { parentRef } })[1]).toBe('services/n/s');
  });
});

describe('storage kinds', () => {
  it('print a claim only as far as it is bound', () => {
    const spec = { volumeName: 'v', storageClassName: 's', volumeMode: 'Block' };
    const status = { phase: 'Bound', capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] };
    expect(cells('v1/persistentvolumeclaims', { spec, status })).toEqual([
      'x',
      'Bound',
      'v',
      '5Gi',
      'RWO,RWOP',
      's',
      '<unset>',
      '3m20s',
      'Block',
    ]);
    expect(cells('v1/persistentvolumeclaims', { spec: {}, status }).slice(2, 5)).toEqual(['', '', '']);
  });

  it('mark the youngest default class of a list, and never a single one', () => {
    const marked = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const storageClass = (name: string, creationTimestamp: string, annotations: JsonObject) =>
      ({ metadata: { name, creationTimestamp, annotations }, provisioner: 'p' }) as KubeObject;
    const list = [
      storageClass('a', '2026-01-01T00:00:00Z', marked),
      storageClass('c', '2026-02-01T00:00:00Z', marked),
      storageClass('b', '2026-02-01T00:00:00Z', marked),
      storageClass('d', '2026-03-01T00:00:00Z', {}),
    ];
    const table = convertors.get('storage.k8s.io/v1/storageclasses')!;
    const context = { list: true, now: NOW };
    expect(list.map((item) => table.forList!(list).row(item, context).cells[0])).toEqual([
      'a',
      'c',
      'b (default)',
      'd',
    ]);
    expect(table.row(list[2]!, context).cells[0]).toBe('b');
  });
});

describe('other kinds', () => {
  it('print nodes with roles and addresses', () => {
    const status = {
      conditions: [{ type: 'Ready', status: 'False' }],
      addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
      nodeInfo: { kernelVersion: '6.1', architecture: 'amd64' },
    };
    const labels = { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' };
    expect(cells('v1/nodes', { spec: {}, status }, { labels })).toEqual([
      'x',
      'NotReady',
      'edge,worker',
      '3m20s',
      '',
      '192.0.2.1',
      '<none>',
      '<unknown>',
      '6.1 (amd64)',
      '<unknown>',
    ]);
  });

  it('print quotas as used of hard', () => {
    const status = { hard: { pods: '4', 'limits.cpu': '2', cpu: '1' }, used: { pods: '1', cpu: '500m' } };
    expect(cells('v1/resourcequotas', { status }).slice(1, 3)).toEqual(['cpu: 500m/1, pods: 1/4', 'limits.cpu: 0/2']);
  });

  it('print metrics of an autoscaler', () => {
    const metrics = [
      { type: 'External', external: { metric: { name: 'q' }, target: { averageValue: '5' } } },
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'c', target: { averageUtilization: 60 } },
      },
      { type: 'Object', object: { target: { value: '9' } } },
    ];
    const currentMetrics = [{ type: 'External', external: { current: { averageValue: '2' } } }];
    const spec = { scaleTargetRef: { kind: 'ReplicaSet', name: 'r' }, maxReplicas: 4, metrics };
    expect(cells('autoscaling/v2/horizontalpodautoscalers', { spec, status: { currentMetrics } }).slice(1, 4)).toEqual([
      'ReplicaSet/r',
      '2/5 (avg), cpu: <unknown>/60% + 1 more...',
      '<unset>',
    ]);
  });

  it('print what is not known of a metric apart from what has no value', () => {
    const metrics = (status?: JsonObject) => {
      const spec = {
        scaleTargetRef: { kind: 'ReplicaSet', name: 'r' },
        maxReplicas: 4,
        metrics: [{ type: 'Pods', pods: { target: { averageValue: '1000m' } } }],
      };
      return cells('autoscaling/v2/horizontalpodautoscalers', { spec, ...(status && { status }) })[2];
    };
    expect(metrics()).toBe('<unknown>/1');
    expect(metrics({ currentMetrics: [{ type: 'Pods', pods: { current: {} } }] })).toBe('<nil>/1');
  });

  it('print events of both groups alike', () => {
    const printed = ['5s', 'Warning', 'Failed', 'pod/p', 'spec', 'kubelet, n1', 'no', '20s', 3, 'x'];
    const core = {
      involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec' },
      type: 'Warning',
      reason: 'Failed',
      message: 'no\n',
      count: 3,
      source: { component: 'kubelet', host: 'n1' },
      firstTimestamp: '2026-03-01T10:03:00Z',
      lastTimestamp: '2026-03-01T10:03:15Z',
    };
    const named = {
      regarding: core.involvedObject,
      type: 'Warning',
      reason: 'Failed',
      note: 'no',
      reportingController: 'kubelet',
      reportingInstance: 'n1',
      eventTime: '2026-03-01T10:03:00.000000Z',
      series: { count: 3, lastObservedTime: '2026-03-01T10:03:15.000000Z' },
    };
    expect(cells('v1/events', core)).toEqual(printed);
    expect(cells('events.k8s.io/v1/events', named)).toEqual(printed);
  });

  it('print the state of signing requests', () => {
    const status = { conditions: [{ type: 'Approved' }, { type: 'Failed' }], certificate: 'LS0=' };
    const spec = { signerName: 's', username: 'u', expirationSeconds: 86400 };
    expect(cells('certificates.k8s.io/v1/certificatesigningrequests', { spec, status })).toEqual([
      'x',
      '3m20s',
      's',
      'u',
      '24h',
      'Approved,Failed,Issued',
    ]);
  });

  it('print what policies are bound to', () => {
    const bound = (paramRef: JsonObject) =>
      cells('admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings', {
        spec: { policyName: 'p', paramRef },
      })[2];
    expect(bound({ name: 'a', namespace: 'n' })).toBe('n/a');
    expect(bound({ name: 'a' })).toBe('*/a');
    expect(bound({ selector: { matchLabels: { k: 'v' } } })).toBe(
      '&LabelSelector{MatchLabels:map[string]string{k: v,},MatchExpressions:[]LabelSelectorRequirement{},}',
    );
  });
});

describe('the state of a StorageVersionMigration', () => {
  const state = (...conditions: [string, string][]) =>
    cells('storagemigration.k8s.io/v1/storageversionmigrations', {
      spec: { resource: { group: 'apps', resource: 'deployments' } },
      status: { conditions: conditions.map(([type, status]) => ({ type, status })) },
    })[2];

  it('is the last one that is true', () => {
    expect(state()).toBe('Unknown');
    expect(state(['Running', 'False'])).toBe('Unknown');
    expect(state(['Running', 'True'], ['Succeeded', 'True'], ['Other', 'True'])).toBe('Succeeded');
  });
});
