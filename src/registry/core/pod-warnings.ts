import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { ObjectMeta } from '../../apimachinery/meta/object.js';
import { isInteger } from '../../apimachinery/runtime/quantity.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { FieldPath } from '../../apimachinery/validation/field-error.js';
import { ipWarnings } from '../../apimachinery/validation/ip-strict.js';
import { checkLabelValue } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1ContainerPort,
  CoreV1EnvVar,
  CoreV1HostAlias,
  CoreV1LocalObjectReference,
  CoreV1NodeSelectorTerm,
  CoreV1PersistentVolumeClaimSpec,
  CoreV1PodSpec,
  CoreV1ResourceRequirements,
} from '../../apis/types.gen.js';
import { deprecatedLabel } from '../generic/node-labels.js';
import { type AnyContainer, allContainers, type PlacedContainer } from './containers.js';
import { APPARMOR_CONTAINER, appArmorProfileOf, SECCOMP_CONTAINER, SECCOMP_POD } from './pod-annotation-validation.js';
import { warnOverlaps } from './volume-path-warnings.js';

/** What is accepted but deserves a word: deprecated labels and annotations, repeats, odd amounts. */

export const APPARMOR_DEPRECATED = 'deprecated since v1.30; use the "appArmorProfile" field instead';
const SECCOMP_DEPRECATED = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const ANNOTATIONS: Record<string, string> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
/** Sources that persistent volumes have too. */
export const DEPRECATED_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** Of pods' volumes, in the order in which they are told: the source, how messages call it, what is said of it. */
const POD_VOLUMES: readonly (readonly [source: string, shown: string, text: string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', DEPRECATED_VOLUMES['photonPersistentDisk']!],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', DEPRECATED_VOLUMES['scaleIO']!],
  ['flocker', 'flocker', DEPRECATED_VOLUMES['flocker']!],
  ['storageos', 'storageOS', DEPRECATED_VOLUMES['storageos']!],
  ['quobyte', 'quobyte', DEPRECATED_VOLUMES['quobyte']!],
  ['glusterfs', 'glusterfs', DEPRECATED_VOLUMES['glusterfs']!],
  ['cephfs', 'cephfs', DEPRECATED_VOLUMES['cephfs']!],
  ['rbd', 'rbd', DEPRECATED_VOLUMES['rbd']!],
];

/** `at` is the path of a template; a pod has none. */
export function podWarnings(metadata: Readonly<ObjectMeta> | undefined, spec: CoreV1PodSpec, at?: FieldPath): string[] {
  const specAt = at?.child('spec') ?? FieldPath.root('spec');
  const annotationsAt = (at?.child('metadata') ?? FieldPath.root('metadata')).child('annotations');
  const annotations = metadata?.annotations ?? {};
  const out: string[] = [];
  warnNodeLabels(spec, specAt, out);
  for (const [key, text] of Object.entries(ANNOTATIONS)) {
    if (annotations[key] !== undefined) out.push(`${annotationsAt.key(key)}: ${text}`);
  }
  warnVolumes(spec, specAt.child('volumes'), out);
  warnRepeats(spec, specAt, out);
  for (const name of ['memory', 'ephemeral-storage']) {
    warnFraction(spec.overhead?.[name], specAt.child('overhead').key(name), out);
  }
  if (!spec.securityContext?.seccompProfile && annotations[SECCOMP_POD] !== undefined) {
    out.push(`${annotationsAt.key(SECCOMP_POD)}: ${SECCOMP_DEPRECATED}`);
  }
  const containers = allContainers(spec);
  const annotated = Object.keys(annotations).length > 0;
  for (const { container, list, index } of containers) {
    if (annotated) warnProfiles(container, spec, annotations, { annotationsAt, inTemplate: at !== undefined }, out);
    warnContainer(container, () => specAt.child(list).index(index), out);
  }
  warnPorts(containers, specAt, out);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    out.push(
      `${specAt.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  warnPodAffinity(spec, specAt.child('affinity'), out);
  for (const [i, server] of entriesOf(spec.dnsConfig?.nameservers)) {
    out.push(...ipWarnings(server, specAt.child('dnsConfig', 'nameservers').index(i).toString()));
  }
  for (const [i, { ip = '' }] of entriesOf(spec.hostAliases)) {
    out.push(...ipWarnings(ip, specAt.child('hostAliases').index(i).child('ip').toString()));
  }
  return out;
}

function warnNodeLabels(spec: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const text = deprecatedLabel(key);
    if (text) out.push(`${at.child('nodeSelector').key(key)}: ${text}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const base = at.child('affinity', 'nodeAffinity');
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  warnNodeTerms(required, base.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'), out);
  for (const [i, { preference }] of entriesOf(affinity?.preferredDuringSchedulingIgnoredDuringExecution)) {
    const here = base.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('preference');
    warnNodeTerm(preference ?? {}, true, here, out);
  }
  for (const [i, constraint] of entriesOf(spec.topologySpreadConstraints)) {
    const here = at.child('topologySpreadConstraints').index(i);
    const key = constraint.topologyKey;
    const text = deprecatedLabel(key);
    if (text) out.push(`${here.child('topologyKey')}: ${key} is ${text}`);
    if (!constraint.labelSelector) out.push(`${here.child('labelSelector')}: ${NO_SELECTOR}`);
  }
}

const NO_SELECTOR = 'a null labelSelector results in matching no pod';

/** Node labels that have new names, in the terms of a selector. */
export function warnNodeTerms(terms: readonly CoreV1NodeSelectorTerm[], at: FieldPath, out: string[]): void {
  for (const [i, term] of terms.entries()) warnNodeTerm(term, false, at.index(i), out);
}

/** `judgesValues`: values that no label can have are told of where nothing else refuses them. */
function warnNodeTerm(term: CoreV1NodeSelectorTerm, judgesValues: boolean, at: FieldPath, out: string[]): void {
  for (const [i, { key, values }] of entriesOf(term.matchExpressions)) {
    const here = at.child('matchExpressions').index(i);
    const text = deprecatedLabel(key);
    if (text) out.push(`${here.child('key')}: ${key} is ${text}`);
    for (const [j, value] of judgesValues ? entriesOf(values) : []) {
      for (const fault of checkLabelValue(value)) {
        out.push(`${here.child('values').index(j)}: ${value} is invalid, ${fault}`);
      }
    }
  }
}

function warnPodAffinity(spec: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const affinity = spec.affinity?.[kind];
    const here = at.child(kind);
    for (const [i, term] of entriesOf(affinity?.requiredDuringSchedulingIgnoredDuringExecution)) {
      if (term.labelSelector) continue;
      const termAt = here.child('requiredDuringSchedulingIgnoredDuringExecution').index(i);
      out.push(`${termAt.child('labelSelector')}: ${NO_SELECTOR}`);
    }
    for (const [i, term] of entriesOf(affinity?.preferredDuringSchedulingIgnoredDuringExecution)) {
      if (term.podAffinityTerm?.labelSelector) continue;
      const termAt = here.child('preferredDuringSchedulingIgnoredDuringExecution').index(i);
      out.push(`${termAt.child('podAffinityTerm', 'labelSelector')}: ${NO_SELECTOR}`);
    }
  }
}

function warnVolumes({ volumes = [] }: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  for (const [i, volume] of volumes.entries()) {
    for (const [source, shown, text] of POD_VOLUMES) {
      if (volume[source] !== undefined) out.push(`${at.index(i).child(shown)}: ${text}`);
    }
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnClaimAmounts(claim, at.index(i).child('ephemeral', 'volumeClaimTemplate', 'spec'), out);
  }
  warnOverlaps(volumes, out);
}

/** Amounts of storage are whole bytes. */
export function warnClaimAmounts(spec: CoreV1PersistentVolumeClaimSpec, at: FieldPath, out: string[]): void {
  for (const list of ['requests', 'limits'] as const) {
    warnFraction(spec.resources?.[list]?.['storage'], at.child('resources', list).key('storage'), out);
  }
}

function warnRepeats(spec: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  if (spec.hostAliases) warnRepeatedAliases(spec.hostAliases, at.child('hostAliases'), out);
  if (spec.imagePullSecrets) warnSecrets(spec.imagePullSecrets, at.child('imagePullSecrets'), out);
}

function warnRepeatedAliases(aliases: readonly CoreV1HostAlias[], at: FieldPath, out: string[]): void {
  const ips = new Set<string>();
  for (const [i, { ip = '' }] of aliases.entries()) {
    if (ips.has(ip)) out.push(`${at.index(i).child('ip')}: duplicate ip ${JSON.stringify(ip)}`);
    ips.add(ip);
  }
}

function warnSecrets(secrets: readonly CoreV1LocalObjectReference[], at: FieldPath, out: string[]): void {
  const names = new Set<string>();
  for (const [i, { name = '' }] of secrets.entries()) {
    if (names.has(name)) out.push(`${at.index(i).child('name')}: duplicate name ${JSON.stringify(name)}`);
    names.add(name);
  }
  for (const [i, { name = '' }] of secrets.entries()) {
    if (name === '') out.push(`${at.index(i).child('name')}: invalid empty name ""`);
  }
}

function warnFraction(quantity: string | undefined, at: FieldPath, out: string[]): void {
  if (quantity === undefined || isInteger(quantity)) return;
  out.push(`${at}: fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`);
}

/** Annotations that have fields by now; a pod's AppArmor annotations become fields and are told of there. */
function warnProfiles(
  container: AnyContainer,
  spec: CoreV1PodSpec,
  annotations: Readonly<Record<string, string>>,
  { annotationsAt, inTemplate }: { annotationsAt: FieldPath; inTemplate: boolean },
  out: string[],
): void {
  const seccomp = SECCOMP_CONTAINER + container.name;
  if (!container.securityContext?.seccompProfile && annotations[seccomp] !== undefined) {
    out.push(`${annotationsAt.key(seccomp)}: ${SECCOMP_DEPRECATED}`);
  }
  const key = APPARMOR_CONTAINER + container.name;
  const annotation = annotations[key];
  if (!inTemplate || annotation === undefined || container.securityContext?.appArmorProfile) return;
  const ofPod = spec.securityContext?.appArmorProfile;
  if (ofPod && jsonEqual(ofPod, appArmorProfileOf(annotation))) return;
  out.push(`${annotationsAt.key(key)}: ${APPARMOR_DEPRECATED}`);
}

function warnContainer({ resources, env }: AnyContainer, at: () => FieldPath, out: string[]): void {
  if (resources) warnContainerAmounts(resources, at, out);
  if (env && env.length > 1) warnHiddenVariables(env, at, out);
}

function warnContainerAmounts(resources: CoreV1ResourceRequirements, at: () => FieldPath, out: string[]): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    for (const list of ['limits', 'requests'] as const) {
      const quantity = resources[list]?.[name];
      if (quantity !== undefined) warnFraction(quantity, at().child('resources', list).key(name), out);
    }
  }
}

function warnHiddenVariables(env: readonly CoreV1EnvVar[], at: () => FieldPath, out: string[]): void {
  const names = new Set<string>();
  for (const [i, { name, value = '', valueFrom }] of env.entries()) {
    if (names.has(name)) {
      const reference = `$(${name})`;
      // A value that is built upon the earlier one is meant.
      const extended = !valueFrom && value !== reference && value.includes(reference);
      const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      if (!extended) out.push(`${at().child('env').index(i)}: ${text}`);
    }
    names.add(name);
  }
}

interface PlacedPort {
  readonly at: FieldPath;
  readonly port: CoreV1ContainerPort;
}

function warnPorts(containers: readonly PlacedContainer[], specAt: FieldPath, out: string[]): void {
  const ports: PlacedPort[] = [];
  for (const { container, list, index } of containers) {
    if (!container.ports) continue;
    const at = specAt.child(list).index(index).child('ports');
    for (const [i, port] of container.ports.entries()) ports.push({ port, at: at.index(i) });
  }
  for (const [i, { port, at: here }] of ports.entries()) {
    if (port.hostIP && !port.hostPort) out.push(`${here}: hostIP set without hostPort: ${shownPort(port)}`);
    for (let j = 0; j < i; j++) {
      const other = ports[j]!;
      const text = portConflict(port, other.port);
      if (text) out.push(`${here}: ${text} port definition with ${other.at}`);
    }
  }
  if (ports.length > 1) warnPortNames(ports, out);
}

function portConflict(port: CoreV1ContainerPort, other: CoreV1ContainerPort): string | undefined {
  if (port.containerPort !== other.containerPort || port.protocol !== other.protocol) return undefined;
  const { hostIP: ip = '', hostPort: host = 0 } = port;
  const { hostIP: otherIp = '', hostPort: otherHost = 0 } = other;
  if (ip === otherIp && host === otherHost) return 'duplicate';
  if (host === 0 || otherHost === 0) return 'overlapping';
  return host === otherHost && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous' : undefined;
}

/** As Go's %+v prints it. */
function shownPort({
  name = '',
  hostPort = 0,
  containerPort,
  protocol = '',
  hostIP = '',
}: CoreV1ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function warnPortNames(ports: readonly PlacedPort[], out: string[]): void {
  const first = new Map<string, FieldPath>();
  for (const { port, at } of ports) {
    if (!port.name) continue;
    const other = first.get(port.name);
    if (other === undefined) first.set(port.name, at);
    else {
      const text = `duplicate port name ${JSON.stringify(port.name)} with ${other}, services and probes that select ports by name will use ${other}`;
      out.push(`${at}: ${text}`);
    }
  }
}
