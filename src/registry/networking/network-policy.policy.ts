import type { KubeObject } from '../../apimachinery/meta/object.js';
import {
  type DeclaredField,
  eachItem,
  optional,
  optionalPointer,
  required,
  struct,
} from '../../apimachinery/validation/declared-rules.js';
import {
  checkPortName,
  checkPortNumber,
  type Errors,
  validateChecked,
} from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkStrictCidr, cidrWarnings, looseCidr } from '../../apimachinery/validation/ip-strict.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import type {
  NetworkingV1IPBlock,
  NetworkingV1NetworkPolicy,
  NetworkingV1NetworkPolicyPeer,
  NetworkingV1NetworkPolicyPort,
} from '../../apis/types.gen.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

const SPEC = FieldPath.root('spec');
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

/** @see https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
export const networkPolicyPolicy = ruledPolicy<NetworkingV1NetworkPolicy>({
  resource: 'networkpolicies',
  traits: {
    kind: { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
    namespaced: true,
    generation: 'spec',
  },
  defaults: { v1: setDefaults },
  validate,
  declared: struct({ spec: [struct({ ingress: rulesTo('from'), egress: rulesTo('to') })] }),
  warnings: (policy) =>
    blocksOf(policy).flatMap(({ block, at }) => [
      ...cidrWarnings(block.cidr ?? '', at.child('cidr').toString()),
      ...(block.except ?? []).flatMap((range, i) => cidrWarnings(range, at.child('except').index(i).toString())),
    ]),
});

function rulesTo(side: 'from' | 'to'): DeclaredField {
  const peer = struct({ ipBlock: [optionalPointer, struct({ cidr: [required] })] });
  return [optional, eachItem(struct({ [side]: [optional, eachItem(peer)] }))];
}

/** The directions that a policy speaks of are the ones it has rules for; incoming always. */
function setDefaults(object: KubeObject): void {
  const policy = object as NetworkingV1NetworkPolicy;
  policy.spec ??= {};
  const { spec } = policy;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes ?? []).length === 0) {
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }
}

interface DirectedRule {
  readonly ports: readonly NetworkingV1NetworkPolicyPort[];
  readonly peers: readonly NetworkingV1NetworkPolicyPeer[];
  readonly at: FieldPath;
  /** `from` or `to` */
  readonly side: string;
}

function rulesOf({ spec = {} }: Readonly<NetworkingV1NetworkPolicy>): DirectedRule[] {
  const incoming = (spec.ingress ?? []).map(({ ports = [], from = [] }, i) => ({
    ports,
    peers: from,
    at: SPEC.child('ingress').index(i),
    side: 'from',
  }));
  const outgoing = (spec.egress ?? []).map(({ ports = [], to = [] }, i) => ({
    ports,
    peers: to,
    at: SPEC.child('egress').index(i),
    side: 'to',
  }));
  return [...incoming, ...outgoing];
}

const blocksOf = (policy: Readonly<NetworkingV1NetworkPolicy>): { block: NetworkingV1IPBlock; at: FieldPath }[] =>
  rulesOf(policy).flatMap(({ peers, at, side }) =>
    peers.flatMap(({ ipBlock }, i) =>
      ipBlock === undefined ? [] : [{ block: ipBlock, at: at.child(side).index(i).child('ipBlock') }],
    ),
  );

function validate(policy: Readonly<NetworkingV1NetworkPolicy>, errors: Errors): void {
  const { podSelector, policyTypes = [] } = policy.spec ?? {};
  validateLabelSelector(podSelector, SPEC.child('podSelector'), errors);
  for (const { ports, peers, at, side } of rulesOf(policy)) {
    for (const [i, port] of ports.entries()) validatePort(port, at.child('ports').index(i), errors);
    for (const [i, peer] of peers.entries()) validatePeer(peer, at.child(side).index(i), errors);
  }
  const typesAt = SPEC.child('policyTypes');
  if (policyTypes.length > POLICY_TYPES.length) {
    errors.push(fieldInvalid(typesAt, policyTypes, 'may not specify more than two policyTypes'));
  } else {
    for (const [i, type] of policyTypes.entries()) {
      if (!POLICY_TYPES.includes(type)) errors.push(fieldNotSupportedAsListed(typesAt.index(i), type, POLICY_TYPES));
    }
  }
}

function validatePort(given: NetworkingV1NetworkPolicyPort, at: FieldPath, errors: Errors): void {
  const { protocol, port, endPort } = given;
  const endAt = at.child('endPort');
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(fieldNotSupportedAsListed(at.child('protocol'), protocol, PROTOCOLS));
  }
  if (port === undefined) {
    if (endPort !== undefined) {
      errors.push(fieldInvalid(endAt, endPort, 'may not be specified when `port` is not specified'));
    }
  } else if (typeof port === 'number') {
    for (const text of checkPortNumber(port)) errors.push(fieldInvalid(at.child('port'), port, text));
    if (endPort === undefined) return;
    if (endPort < port) errors.push(fieldInvalid(endAt, endPort, 'must be greater than or equal to `port`'));
    for (const text of checkPortNumber(endPort)) errors.push(fieldInvalid(endAt, endPort, text));
  } else {
    if (endPort !== undefined) {
      errors.push(fieldInvalid(endAt, endPort, 'may not be specified when `port` is non-numeric'));
    }
    validateChecked(port, checkPortName, at.child('port'), errors);
  }
}

function validatePeer(peer: NetworkingV1NetworkPolicyPeer, at: FieldPath, errors: Errors): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  validateLabelSelector(podSelector, at.child('podSelector'), errors);
  validateLabelSelector(namespaceSelector, at.child('namespaceSelector'), errors);
  if (ipBlock !== undefined) validateBlock(ipBlock, at.child('ipBlock'), errors);
  const given = [podSelector, namespaceSelector, ipBlock].filter((part) => part !== undefined).length;
  if (given === 0) errors.push(fieldRequired(at, 'must specify a peer'));
  else if (given > 1 && ipBlock !== undefined) {
    errors.push(fieldForbidden(at, 'may not specify both ipBlock and another peer'));
  }
}

function validateBlock({ cidr = '', except = [] }: NetworkingV1IPBlock, at: FieldPath, errors: Errors): void {
  if (cidr === '') return;
  validateChecked(cidr, checkStrictCidr, at.child('cidr'), errors);
  const whole = looseCidr(cidr);
  if (whole === undefined) return;
  for (const [i, range] of except.entries()) {
    const here = at.child('except').index(i);
    validateChecked(range, checkStrictCidr, here, errors);
    const part = looseCidr(range);
    if (part === undefined) continue;
    const inside = part.family === whole.family && part.base >= whole.base && part.base < whole.base + whole.size;
    if (!inside || whole.prefixLength >= part.prefixLength) {
      errors.push(fieldInvalid(here, range, 'must be a strict subset of `cidr`'));
    }
  }
}
