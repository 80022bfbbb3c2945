import type { ObjectMeta } from '../../apimachinery/meta/object.js';
import { isInteger, isMilliInteger } from '../../apimachinery/runtime/quantity.js';
import { FieldPath } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Container, CoreV1NodeSelectorTerm, CoreV1PodSpec } from '../../apis/types.gen.js';

/** What is accepted but deserves a word: deprecated labels and annotations, repeats, odd amounts. */

const NODE_LABELS: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
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

const POD_VOLUMES: Readonly<Record<string, string>> = { gitRepo: 'deprecated in v1.11', ...DEPRECATED_VOLUMES };

export function podWarnings(metadata: Readonly<ObjectMeta> | undefined, spec: CoreV1PodSpec, at?: FieldPath): string[] {
  const specAt = at?.child('spec') ?? FieldPath.root('spec');
  const metaAt = at?.child('metadata') ?? FieldPath.root('metadata');
  const out: string[] = [];
  warnNodeLabels(spec, specAt, out);
  for (const key of Object.keys(metadata?.annotations ?? {})) {
    if (ANNOTATIONS[key]) out.push(`${metaAt.child('annotations').key(key)}: ${ANNOTATIONS[key]}`);
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    for (const name of Object.keys(POD_VOLUMES)) {
      if (volume[name]) out.push(`${specAt.child('volumes').index(i).child(name)}: ${POD_VOLUMES[name]}`);
    }
  }
  warnRepeats(spec, specAt, out);
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, container] of (spec[list] ?? []).entries()) {
      warnContainer(container, specAt.child(list).index(i), out);
    }
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    out.push(
      `${specAt.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  return out;
}

function warnNodeLabels(spec: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    if (NODE_LABELS[key]) out.push(`${at.child('nodeSelector').key(key)}: ${NODE_LABELS[key]}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const base = at.child('affinity', 'nodeAffinity');
  warnNodeTerms(required, base.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'), out);
  for (const [i, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const here = at.child('topologySpreadConstraints').index(i);
    const key = constraint.topologyKey;
    if (NODE_LABELS[key]) out.push(`${here.child('topologyKey')}: ${key} is ${NODE_LABELS[key]}`);
    if (!constraint.labelSelector) {
      out.push(`${here.child('labelSelector')}: a null labelSelector results in matching no pod`);
    }
  }
}

/** Node labels that have new names, in the terms of a selector. */
export function warnNodeTerms(terms: readonly CoreV1NodeSelectorTerm[], at: FieldPath, out: string[]): void {
  for (const [i, term] of terms.entries()) {
    for (const [j, { key }] of (term.matchExpressions ?? []).entries()) {
      const here = at.index(i).child('matchExpressions').index(j).child('key');
      if (NODE_LABELS[key]) out.push(`${here}: ${key} is ${NODE_LABELS[key]}`);
    }
  }
}

function warnRepeats(spec: CoreV1PodSpec, at: FieldPath, out: string[]): void {
  const ips = new Set<string>();
  for (const [i, { ip }] of (spec.hostAliases ?? []).entries()) {
    if (ips.has(ip)) out.push(`${at.child('hostAliases').index(i).child('ip')}: duplicate ip ${JSON.stringify(ip)}`);
    ips.add(ip);
  }
  const secrets = new Set<string>();
  for (const [i, { name = '' }] of (spec.imagePullSecrets ?? []).entries()) {
    const here = at.child('imagePullSecrets').index(i).child('name');
    if (name === '') out.push(`${here}: invalid empty name ""`);
    else if (secrets.has(name)) out.push(`${here}: duplicate name ${JSON.stringify(name)}`);
    secrets.add(name);
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    const limit = volume.emptyDir?.sizeLimit;
    if (limit !== undefined && !isInteger(limit)) {
      out.push(`${at.child('volumes').index(i).child('emptyDir', 'sizeLimit')}: ${fractionText(limit)}`);
    }
  }
}

const fractionText = (quantity: string): string =>
  `fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`;

function warnContainer(container: CoreV1Container, at: FieldPath, out: string[]): void {
  const names = new Set<string>();
  for (const [i, { name }] of (container.env ?? []).entries()) {
    if (names.has(name)) {
      const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      out.push(`${at.child('env').index(i)}: ${text}`);
    }
    names.add(name);
  }
  const ports = new Map<string, FieldPath>();
  for (const [i, port] of (container.ports ?? []).entries()) {
    const here = at.child('ports').index(i);
    const key = `${port.protocol ?? ''}/${port.containerPort}/${port.hostPort ?? 0}/${port.hostIP ?? ''}`;
    const other = ports.get(key);
    if (other) out.push(`${here}: duplicate port definition with ${other}`);
    else ports.set(key, here);
  }
  for (const list of ['limits', 'requests'] as const) {
    for (const [name, quantity] of Object.entries(container.resources?.[list] ?? {})) {
      const fraction =
        name === 'cpu'
          ? !isMilliInteger(quantity)
          : /^(memory|ephemeral-storage|hugepages-)/.test(name) && !isInteger(quantity);
      if (fraction && name !== 'cpu') out.push(`${at.child('resources', list).key(name)}: ${fractionText(quantity)}`);
    }
  }
}
