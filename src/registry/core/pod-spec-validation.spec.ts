import { describe, expect, it } from 'vitest';
import type { CoreV1Container, CoreV1Pod, CoreV1PodSpec, CoreV1Volume } from '../../apis/types.gen.js';
import { createWith } from '../generic/testing.js';
import { podPolicy } from './pod.policy.js';

const container = (fields: Partial<CoreV1Container> = {}): CoreV1Container => ({ name: 'c', image: 'i', ...fields });
const pod = (spec: Partial<CoreV1PodSpec>, annotations?: Record<string, string>): CoreV1Pod => ({
  metadata: { name: 'p', ...(annotations && { annotations }) },
  spec: { containers: [container()], ...spec },
});
const faults = (spec: Partial<CoreV1PodSpec>, annotations?: Record<string, string>): string[] =>
  createWith(podPolicy, pod(spec, annotations)).faults;
const volumeFaults = (source: Partial<CoreV1Volume>): string[] => faults({ volumes: [{ name: 'v', ...source }] });
const at = (texts: string[]): string[] => texts.map((text) => `spec.volumes[0].${text}`);

describe('volumes', () => {
  it.each<[string, Partial<CoreV1Volume>, string[]]>([
    [
      'an iSCSI target of no known form',
      { iscsi: { targetPortal: 'h', iqn: 'iqn.x', lun: 256, initiatorName: 'foo' } },
      [
        'iscsi.iqn: Invalid value: "iqn.x": must be valid format',
        'iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        'iscsi.initiatorname: Invalid value: "foo": must be valid format starting with iqn, eui, or naa',
      ],
    ],
    [
      'a disk whose partition is none',
      { gcePersistentDisk: { pdName: 'd', partition: 300 } },
      ['persistentDisk.partition: Invalid value: 300: must be between 1 and 255, inclusive'],
    ],
    [
      'an Azure disk by the address of the other kind',
      { azureDisk: { diskName: 'd', diskURI: 'x', kind: 'Managed' } },
      [
        'azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
      ],
    ],
    [
      'a registry without ports',
      { quobyte: { registry: 'h', volume: 'v' } },
      ['quobyte.registry: Invalid value: "h": must be a host:port pair or multiple pairs separated by commas'],
    ],
    [
      'options that are the kubelet own',
      { flexVolume: { driver: 'd', options: { 'x.k8s.io/a': '1' } } },
      ['flexVolume.options[x.k8s.io/a]: Invalid value: "x.k8s.io/a": kubernetes.io and k8s.io namespaces are reserved'],
    ],
    [
      'a driver without name',
      { csi: { driver: '', nodePublishSecretRef: { name: 'A' } } },
      [
        'csi.driver: Required value',
        `csi.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      ],
    ],
    [
      'two sources of one projection, and paths that meet',
      {
        projected: {
          sources: [
            {
              secret: { name: 's', items: [{ key: 'k', path: 'p' }] },
              configMap: { name: 'm', items: [{ key: 'k', path: 'p' }] },
            },
            { podCertificate: { signerName: 'a.b/c', keyType: 'X', maxExpirationSeconds: 1 } },
            { clusterTrustBundle: { path: 'q' } },
          ],
        },
      },
      [
        'projected: Invalid value: "m": conflicting duplicate paths',
        'projected.sources[0]: Forbidden: may not specify more than 1 volume type per source',
        'projected.sources[1].podCertificate.keyType: Unsupported value: "X": supported values: "RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"',
        'projected.sources[1].podCertificate.maxExpirationSeconds: Invalid value: 1: if provided, maxExpirationSeconds must be >= 3600',
        'projected.sources[1].podCertificate: Required value: specify at least one of credentialBundlePath, keyPath, and certificateChainPath',
        'projected.sources[2].clusterTrustBundle: Required value: either name or signerName must be specified',
      ],
    ],
  ])('refuses %s', (_name, source, expected) => {
    expect(volumeFaults(source)).toEqual(at(expected));
  });

  it('knows the claims that pods own', () => {
    const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } };
    const volumes = [
      { name: 'e', ephemeral: { volumeClaimTemplate: template } },
      { name: 'v', persistentVolumeClaim: { claimName: 'p-e' } },
    ];
    expect(faults({ volumes })).toEqual([
      'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-e": must not reference a PVC that gets created for an ephemeral volume',
    ]);
  });
});

describe('the spec of a pod', () => {
  it.each<[string, Partial<CoreV1PodSpec>, string[]]>([
    [
      'another name than the host',
      { hostnameOverride: 'x', hostNetwork: true, setHostnameAsFQDN: true },
      [
        'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
        'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      ],
    ],
    [
      'a user namespace beside those of the host',
      { hostUsers: false, hostPID: true, hostIPC: true },
      ['spec.HostPID: Forbidden: when `hostUsers` is false', 'spec.HostIPC: Forbidden: when `hostUsers` is false'],
    ],
    [
      'ports that are not those of the host',
      { hostNetwork: true, containers: [container({ ports: [{ containerPort: 1, hostPort: 2 }] })] },
      ['spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true'],
    ],
    [
      'kernel parameters of shared namespaces',
      { hostNetwork: true, securityContext: { sysctls: [{ name: 'net/core/a', value: '1' }] } },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "net/core/a": may not be specified when \'hostNetwork\' is true',
      ],
    ],
    [
      'a restart where nothing restarts',
      {
        restartPolicy: 'Never',
        containers: [container({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] })],
      },
      [
        "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
      ],
    ],
    [
      'rules of a restart that an init container does not have',
      {
        containers: [container({})],
        initContainers: [container({ name: 'i', restartPolicyRules: [{ action: 'x' }] })],
      },
      ['spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used'],
    ],
    [
      'a mount of /proc of no kind',
      { containers: [container({ securityContext: { procMount: '' } })] },
      ['spec.containers[0].securityContext.procMount: Unsupported value: "": supported values: "Default", "Unmasked"'],
    ],
    [
      'processes shared with all of the host',
      { hostPID: true, shareProcessNamespace: true, containers: [container({})] },
      ['spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled'],
    ],
    [
      'a variable from a file of no volume',
      {
        containers: [
          container({ env: [{ name: 'E', valueFrom: { fileKeyRef: { key: 'K', path: '/a', volumeName: 'v' } } }] }),
        ],
      },
      ['spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "v"'],
    ],
    [
      'more for a container than for the pod',
      {
        resources: { limits: { cpu: '1' }, requests: { cpu: '500m', 'ephemeral-storage': '1' } },
        containers: [container({ resources: { limits: { cpu: '2' } } })],
      },
      [
        'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory"',
        'spec.resources.requests[cpu]: Invalid value: "500m": must be greater than or equal to aggregate container requests of 2',
        'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
      ],
    ],
    [
      'an operating system that is none',
      { os: { name: 'plan9' } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
    [
      'a Windows user of no form',
      { securityContext: { windowsOptions: { runAsUserName: 'a*b\\..', gmsaCredentialSpec: '' } } },
      [
        'spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string',
        'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a*b\\\\..": runAsUserName\'s Domain doesn\'t match the NetBios nor the DNS format',
        'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a*b\\\\..": runAsUserName\'s User cannot contain only periods or spaces',
      ],
    ],
    [
      'addresses that are read in two ways',
      { hostAliases: [{ ip: '010.0.0.1' }, { ip: '::ffff:1.2.3.4' }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "010.0.0.1": must not have leading 0s',
        'spec.hostAliases[1].ip: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
      ],
    ],
  ])('refuses %s', (_name, spec, expected) => {
    expect(faults(spec)).toEqual(expected);
  });

  it('judges annotations that have a meaning', () => {
    const annotations = {
      'controller.kubernetes.io/pod-deletion-cost': '+1',
      'kubernetes.io/config.mirror': 'x',
      'container.apparmor.security.beta.kubernetes.io/d': 'loud',
      'seccomp.security.alpha.kubernetes.io/pod': 'loud',
    };
    expect(faults({}, annotations)).toEqual([
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
      'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "loud": must be a valid seccomp profile',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: "d": container not found',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: "loud": invalid AppArmor profile name: "loud"',
    ]);
  });
});

describe('what a new pod gets', () => {
  const made = (spec: Partial<CoreV1PodSpec>, annotations?: Record<string, string>): CoreV1Pod =>
    createWith(podPolicy, pod(spec, annotations)).object as CoreV1Pod;

  it('drops fields whose gates are off', () => {
    const { spec } = made({
      schedulingGroup: { podGroupName: 'g' },
      containers: [container({ lifecycle: { stopSignal: 'SIGTERM', preStop: { sleep: { seconds: 1 } } } })],
      volumes: [{ name: 'v', emptyDir: { mode: 1 } }],
    });
    expect(spec).not.toHaveProperty('schedulingGroup');
    expect(spec?.containers?.[0]?.lifecycle).toEqual({ preStop: { sleep: { seconds: 1 } } });
    expect(spec?.volumes?.[0]?.emptyDir).toEqual({});
  });

  it('turns AppArmor annotations into fields', () => {
    const { spec } = made({}, { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/x' });
    expect(spec?.containers?.[0]?.securityContext?.appArmorProfile).toEqual({
      type: 'Localhost',
      localhostProfile: 'x',
    });
  });

  it('requests for the pod what its containers do, or what it may have', () => {
    const { spec } = made({
      resources: { limits: { cpu: '4', memory: '1Gi' } },
      containers: [container({ resources: { requests: { cpu: '1500m' } } })],
      initContainers: [container({ name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } })],
    });
    expect(spec?.resources?.requests).toEqual({ cpu: '2500m', memory: '1Gi' });
  });

  it.each([
    ['Upper', 'IfNotPresent'],
    ['app:', 'IfNotPresent'],
    [`app:latest@sha256:${'a'.repeat(64)}`, 'Always'],
  ])('pulls %s by %s', (image, policy) => {
    expect(made({ containers: [container({ image })] }).spec?.containers?.[0]?.imagePullPolicy).toBe(policy);
  });
});

it('warns of ports, paths and profiles that are not what they seem', () => {
  const spec: Partial<CoreV1PodSpec> = {
    containers: [
      container({
        ports: [
          { containerPort: 1, name: 'a' },
          { containerPort: 1, hostPort: 2, hostIP: '1.1.1.1' },
        ],
      }),
      container({ name: 'd', ports: [{ containerPort: 9, name: 'a', hostIP: '1.1.1.1' }] }),
    ],
    volumes: [
      {
        name: 'v',
        secret: {
          secretName: 's',
          items: [
            { key: 'a', path: 'x' },
            { key: 'b', path: 'x/y' },
          ],
        },
      },
    ],
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k' }] } },
    dnsConfig: { nameservers: ['FD00::1'] },
  };
  expect(createWith(podPolicy, pod(spec)).warnings).toEqual([
    'volume "v" (Secret "s"): overlapping paths: "x/y" with "x"',
    'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
    'spec.containers[1].ports[0]: hostIP set without hostPort: {Name:a HostPort:0 ContainerPort:9 Protocol:TCP HostIP:1.1.1.1}',
    'spec.containers[1].ports[0]: duplicate port name "a" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod',
    'spec.dnsConfig.nameservers[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
});
