import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import {
  eachItem,
  immutableLast,
  maxItems,
  oneOf,
  optional,
  required,
  struct,
} from '../../apimachinery/validation/declared-rules.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import { checkStrictIp, ipWarnings } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { checkLabelValue, checkQualifiedName, validateLabels } from '../../apimachinery/validation/qualified-name.js';
import type {
  DiscoveryV1Endpoint,
  DiscoveryV1EndpointHints,
  DiscoveryV1EndpointPort,
  DiscoveryV1EndpointSlice,
} from '../../apis/types.gen.js';
import { validateRoutable } from '../core/service-validation.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

const ENDPOINTS = FieldPath.root('endpoints');
const PORTS = FieldPath.root('ports');
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20_000;
const TOPOLOGY_LABELS_MAX = 16;
const HINTS_MAX = 8;

/** @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
export const endpointSlicePolicy = ruledPolicy<DiscoveryV1EndpointSlice>({
  resource: 'endpointslices',
  traits: {
    kind: { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
    namespaced: true,
    generation: 'content',
  },
  defaults: {
    v1: (object: KubeObject) => {
      for (const port of (object as DiscoveryV1EndpointSlice).ports ?? []) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
    },
  },
  prepareForCreate: (slice) => dropTopology(slice),
  prepareForUpdate: (slice, old) => {
    if (!jsonEqual(slice.endpoints ?? [], old.endpoints ?? [])) dropTopology(slice);
  },
  changed: (slice, old) =>
    !jsonEqual(contentOf(slice), contentOf(old)) || !jsonEqual(slice.metadata.labels ?? {}, old.metadata.labels ?? {}),
  validate: (slice, errors) => validate(slice, errors),
  validateUpdate: (slice, old, errors) => validate(slice, errors, old),
  declared: struct({
    addressType: [required, oneOf('FQDN', 'IPv4', 'IPv6'), immutableLast],
    endpoints: [optional, eachItem(struct({ addresses: [required, maxItems(ADDRESSES_MAX)] }))],
  }),
  warnings: ({ addressType, endpoints }, old) => {
    if (addressType === 'FQDN') return old !== undefined ? [] : ['spec.addressType: FQDN endpoints are deprecated'];
    return (endpoints ?? []).flatMap(({ addresses }, i) =>
      (addresses ?? []).flatMap((address, j) =>
        ipWarnings(address, ENDPOINTS.index(i).child('addresses').index(j).toString()),
      ),
    );
  },
});

export const discoveryPolicies: readonly KindPolicy[] = [endpointSlicePolicy];

/** What only an older version of the API had: kept on endpoints that do not change, never taken anew. */
function dropTopology(slice: DiscoveryV1EndpointSlice): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

const contentOf = ({ addressType, endpoints, ports }: Readonly<DiscoveryV1EndpointSlice>) => ({
  addressType,
  endpoints: endpoints ?? [],
  ports: ports ?? [],
});

function validate(
  slice: Readonly<DiscoveryV1EndpointSlice>,
  errors: Errors,
  old?: Readonly<DiscoveryV1EndpointSlice>,
): void {
  const { addressType = '', endpoints, ports } = slice;
  validatePorts(ports ?? [], errors);
  const all = endpoints ?? [];
  if (all.length > ENDPOINTS_MAX) {
    errors.push(fieldTooMany(ENDPOINTS, all.length, ENDPOINTS_MAX));
    return;
  }
  for (const [i, endpoint] of all.entries()) {
    // Addresses that were there before are not judged again.
    const kept = jsonEqual(endpoint.addresses, old?.endpoints?.[i]?.addresses);
    validateEndpoint(endpoint, kept ? '' : addressType, ENDPOINTS.index(i), errors);
  }
}

function validatePorts(ports: readonly DiscoveryV1EndpointPort[], errors: Errors): void {
  if (ports.length > PORTS_MAX) {
    errors.push(fieldTooMany(PORTS, ports.length, PORTS_MAX));
    return;
  }
  const seen = new Set<string>();
  for (const [i, { name = '', protocol = '', appProtocol }] of ports.entries()) {
    const at = PORTS.index(i);
    if (name !== '') validateChecked(name, checkDns1123Label, at.child('name'), errors);
    if (seen.has(name)) errors.push(fieldDuplicate(at.child('name'), name));
    seen.add(name);
    if (!PROTOCOLS.includes(protocol)) errors.push(fieldNotSupported(at.child('protocol'), protocol, PROTOCOLS));
    if (appProtocol !== undefined) validateChecked(appProtocol, checkQualifiedName, at.child('appProtocol'), errors);
  }
}

function validateEndpoint(endpoint: DiscoveryV1Endpoint, type: string, at: FieldPath, errors: Errors): void {
  const { deprecatedTopology = {}, nodeName, hints, hostname } = endpoint;
  const addresses = endpoint.addresses ?? [];
  const addressesAt = at.child('addresses');
  for (const [i, address] of addresses.entries()) validateAddress(address, type, addressesAt, i, errors);
  const topologyAt = at.child('deprecatedTopology');
  const labels = Object.keys(deprecatedTopology).length;
  if (labels > TOPOLOGY_LABELS_MAX) errors.push(fieldTooMany(topologyAt, labels, TOPOLOGY_LABELS_MAX));
  validateLabels(deprecatedTopology, topologyAt, errors);
  if (Object.hasOwn(deprecatedTopology, 'kubernetes.io/hostname')) {
    errors.push(fieldInvalid(topologyAt.key('kubernetes.io/hostname'), 'kubernetes.io/hostname', 'may not be set'));
  }
  if (nodeName !== undefined) validateChecked(nodeName, checkDns1123Subdomain, at.child('nodeName'), errors);
  if (hints !== undefined) validateHints(hints, at.child('hints'), errors);
  if (hostname !== undefined) validateChecked(hostname, checkDns1123Label, at.child('hostname'), errors);
}

function validateAddress(address: string, type: string, at: FieldPath, i: number, errors: Errors): void {
  if (type === 'FQDN') {
    validateFullyQualified(address, at.index(i), errors);
  } else if (type === 'IPv4' || type === 'IPv6') {
    const faults = checkStrictIp(address);
    for (const text of faults) errors.push(fieldInvalid(at.index(i), address, text));
    if (faults.length > 0) return;
    const family = ipFamily(address);
    // Upstream names the list here, not the address.
    if (family !== type) errors.push(fieldInvalid(at, address, `must be an ${type} address`));
    validateRoutable(address, at.index(i), errors);
  }
}

function validateFullyQualified(name: string, at: FieldPath, errors: Errors): void {
  if (name === '') {
    errors.push(fieldRequired(at));
    return;
  }
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const faults = checkDns1123Subdomain(bare);
  for (const text of faults) errors.push(fieldInvalid(at, bare, text));
  if (faults.length > 0) return;
  const labels = bare.split('.');
  if (labels.length < 2) {
    errors.push(fieldInvalid(at, bare, 'should be a domain with at least two segments separated by dots'));
  }
  for (const label of labels) {
    for (const text of checkDns1123Label(label)) errors.push(fieldInvalid(at, label, text));
  }
}

function validateHints(
  { forZones = [], forNodes = [] }: DiscoveryV1EndpointHints,
  at: FieldPath,
  errors: Errors,
): void {
  for (const [field, hints, check] of [
    ['forZones', forZones, checkLabelValue],
    ['forNodes', forNodes, checkDns1123Subdomain],
  ] as const) {
    const here = at.child(field);
    if (hints.length > HINTS_MAX) {
      errors.push(fieldTooMany(here, hints.length, HINTS_MAX));
      return;
    }
    const seen = new Set<string>();
    for (const [i, { name = '' }] of hints.entries()) {
      if (seen.has(name)) errors.push(fieldDuplicate(here.index(i).child('name'), name));
      seen.add(name);
      validateChecked(name, check, here.index(i).child('name'), errors);
    }
  }
}
