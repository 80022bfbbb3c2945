import type {
  CoreV1Container,
  CoreV1LifecycleHandler,
  CoreV1ObjectFieldSelector,
  CoreV1PodSpec,
  CoreV1PodStatus,
  CoreV1PodTemplateSpec,
  CoreV1Probe,
  CoreV1Volume,
} from '../../apis/types.gen.js';
import type { AnyContainer } from './containers.js';
import { defaultPullPolicy } from './image-name.js';

/**
 * Defaults of everything that has a pod inside, where the published schema does not state them.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */

const DEFAULT_MODE = 0o644;
const TOKEN_EXPIRATION_SECONDS = 3600;

/** The template of a workload's spec, which is there even when a client sends none. */
export function defaultPodTemplate(holder: { template?: CoreV1PodTemplateSpec }): void {
  holder.template ??= {};
  holder.template.spec ??= { containers: null };
  dropInitAnnotations(holder.template.metadata);
  defaultPodSpec(holder.template.spec);
}

/** In place. `enableServiceLinks` and requests are the pod's own business: see {@link defaultPod}. */
export function defaultPodSpec(spec: CoreV1PodSpec): void {
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.schedulerName ||= 'default-scheduler';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.securityContext ??= {};
  // The old name of the field follows the new one.
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

/** What a pod gets beyond a pod template: limits become requests, service links are on. Its own resources come after admission. */
export function defaultPod(spec: CoreV1PodSpec): void {
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestsFromLimits(container);
    if (spec.hostNetwork) hostPorts(container);
  }
  spec.enableServiceLinks ??= true;
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

/** Annotations by which containers were initialized before they had a field. */
const INIT_ANNOTATIONS = [
  'pod.beta.kubernetes.io/init-containers',
  'pod.alpha.kubernetes.io/init-containers',
  'pod.beta.kubernetes.io/init-container-statuses',
  'pod.alpha.kubernetes.io/init-container-statuses',
];

export function dropInitAnnotations(metadata: { annotations?: Record<string, string> } | undefined): void {
  if (!metadata?.annotations) return;
  for (const key of INIT_ANNOTATIONS) delete metadata.annotations[key];
  if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
}

/** On the host's network a port of a container is that of the host. */
function hostPorts(container: CoreV1Container): void {
  for (const port of container.ports ?? []) if (!port.hostPort) port.hostPort = port.containerPort;
}

function requestsFromLimits(container: CoreV1Container): void {
  const limits = container.resources?.limits;
  if (!limits || !container.resources) return;
  const requests = container.resources.requests ?? {};
  for (const name of Object.keys(limits)) if (requests[name] === undefined) requests[name] = limits[name]!;
  if (Object.keys(requests).length > 0) container.resources.requests = requests;
}

function defaultContainer(container: AnyContainer): void {
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.resources ??= {};
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) {
    const from = variable.valueFrom;
    if (from?.fieldRef) defaultFieldRef(from.fieldRef);
    if (from?.resourceFieldRef) from.resourceFieldRef.divisor ??= '0';
    if (from?.fileKeyRef) from.fileKeyRef.optional ??= false;
  }
  if (container.livenessProbe) defaultProbe(container.livenessProbe);
  if (container.readinessProbe) defaultProbe(container.readinessProbe);
  if (container.startupProbe) defaultProbe(container.startupProbe);
  if (container.lifecycle?.postStart) defaultHandler(container.lifecycle.postStart);
  if (container.lifecycle?.preStop) defaultHandler(container.lifecycle.preStop);
}

function defaultFieldRef(ref: CoreV1ObjectFieldSelector): void {
  ref.apiVersion ||= 'v1';
}

function defaultProbe(probe: CoreV1Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHandler(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHandler(handler: CoreV1LifecycleHandler | CoreV1Probe): void {
  if (!handler.httpGet) return;
  handler.httpGet.path ||= '/';
  handler.httpGet.scheme ||= 'HTTP';
}

export function defaultVolume(volume: CoreV1Volume): void {
  const sources = Object.keys(volume).filter((name) => name !== 'name' && volume[name] !== undefined);
  if (sources.length === 0) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= DEFAULT_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= DEFAULT_MODE;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE;
    for (const item of volume.downwardAPI.items ?? []) defaultDownwardItem(item);
  }
  if (volume.projected) defaultProjected(volume.projected);
  if (volume.ephemeral?.volumeClaimTemplate) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem';
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= 'ReadWrite';
    volume.azureDisk.kind ??= 'Shared';
    volume.azureDisk.fsType ??= 'ext4';
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.rbd) {
    volume.rbd.pool ||= 'rbd';
    volume.rbd.user ||= 'admin';
    volume.rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= 'ThinProvisioned';
    volume.scaleIO.fsType ||= 'xfs';
  }
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
}

function defaultProjected(projected: NonNullable<CoreV1Volume['projected']>): void {
  projected.defaultMode ??= DEFAULT_MODE;
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_EXPIRATION_SECONDS;
    for (const item of source.downwardAPI?.items ?? []) defaultDownwardItem(item);
  }
}

interface DownwardItem {
  fieldRef?: CoreV1ObjectFieldSelector;
  resourceFieldRef?: { divisor?: string };
}

function defaultDownwardItem(item: DownwardItem): void {
  if (item.fieldRef) defaultFieldRef(item.fieldRef);
  if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
}

/** One address and the list of them say the same; where they do not, the one counts. */
export function defaultPodStatus(status: CoreV1PodStatus): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  if (!status.podIP && status.podIPs?.[0]) status.podIP = status.podIPs[0].ip;
}
