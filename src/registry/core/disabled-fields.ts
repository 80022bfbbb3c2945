import type { CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';
import { dropFields, gatedFields } from '../generic/gated-fields.js';

/**
 * Fields of the published schema that Kubernetes 1.37 serves behind feature gates which are off by default. What a client
 * writes into them is dropped, unless the stored object has the field already.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */

const CONTAINERS = ['containers.*', 'initContainers.*', 'ephemeralContainers.*'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HOOKS = ['lifecycle.postStart', 'lifecycle.preStop'];
const FILES = ['volumes.*.secret', 'volumes.*.configMap', 'volumes.*.downwardAPI'];
const PROJECTIONS = 'volumes.*.projected.sources.*.';

const inContainers = (...fields: string[]): string[] =>
  CONTAINERS.flatMap((list) => fields.map((field) => `${list}.${field}`));

/** Fields by gate: where one of them is in use already, all of the gate are kept. */
const POD_GATES = gatedFields({
  ContainerStopSignals: inContainers('lifecycle.stopSignal'),
  AtomicWriteVolumeUserFields: [
    ...FILES.flatMap((source) => [`${source}.defaultUser`, `${source}.items.*.user`]),
    'volumes.*.projected.defaultUser',
    ...['secret', 'configMap', 'downwardAPI'].map((source) => `${PROJECTIONS}${source}.items.*.user`),
    ...['serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].map((source) => `${PROJECTIONS}${source}.user`),
  ],
  EmptyDirVolumeMode: ['volumes.*.emptyDir.mode'],
  VolumeBindMountOptions: inContainers('volumeMounts.*.bindMountOptions'),
  H2CContainerProbe: inContainers(...[...PROBES, ...HOOKS].map((handler) => `${handler}.httpGet.protocol`)),
  GRPCContainerProbeTLS: inContainers(...PROBES.map((probe) => `${probe}.grpc.mode`)),
  EvictionRequestAPI: ['evictionResponders'],
  GenericWorkload: ['schedulingGroup'],
});

const POD_STATUS_GATES = gatedFields({
  CSIVolumeHealth: ['volumeHealth'],
  DRANodeAllocatableResources: ['nodeAllocatableResourceClaimStatuses'],
});

/** In place. `old` is what is stored, of pods and of pod templates alike. */
export function dropDisabledPodFields(spec: CoreV1PodSpec, old?: Readonly<CoreV1PodSpec>): void {
  dropFields(spec, old, POD_GATES);
}

export function dropDisabledStatusFields(status: CoreV1PodStatus, old?: Readonly<CoreV1PodStatus>): void {
  dropFields(status, old, POD_STATUS_GATES);
}
