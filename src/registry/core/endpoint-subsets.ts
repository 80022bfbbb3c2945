import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import type { CoreV1EndpointAddress, CoreV1EndpointPort, CoreV1EndpointSubset } from '../../apis/types.gen.js';

/** Addresses with whether they are ready, by {@link addressKey}. */
type Addresses = Map<string, { readonly address: CoreV1EndpointAddress; ready: boolean }>;

const addressKey = ({ ip, targetRef }: CoreV1EndpointAddress): string => `${ip} ${targetRef?.uid ?? ''}`;

/**
 * The canonical layout of subsets: every port with the set of all its addresses, ports with the same set in one subset. An address
 * that is ready in one place and not in another is not ready.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
 */
export function repackSubsets(subsets: readonly CoreV1EndpointSubset[]): CoreV1EndpointSubset[] {
  const byPort = new Map<string, { readonly port: CoreV1EndpointPort | undefined; readonly addresses: Addresses }>();
  const known = new Map<string, CoreV1EndpointAddress>();
  for (const [i, subset] of subsets.entries()) {
    const ports = subset.ports ?? [];
    for (const [j, port] of (ports.length > 0 ? ports : [undefined]).entries()) {
      const key = portKey(port, `${i} ${j}`);
      const entry = byPort.get(key) ?? { port, addresses: new Map() };
      byPort.set(key, entry);
      addAll(entry.addresses, subset.addresses ?? [], true, known);
      addAll(entry.addresses, subset.notReadyAddresses ?? [], false, known);
    }
  }
  const bySet = new Map<string, CoreV1EndpointSubset>();
  for (const { port, addresses } of byPort.values()) {
    const sorted = [...addresses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    const key = JSON.stringify(sorted);
    const subset = bySet.get(key) ?? subsetOf(sorted);
    bySet.set(key, subset);
    if (port) subset.ports = [...(subset.ports ?? []), port];
  }
  const packed = [...bySet.values()];
  for (const subset of packed) if (subset.ports) subset.ports = byHash(subset.ports, dumpPort);
  return byHash(packed, dumpSubset);
}

/** Ports that are told in two places are one, but not those with a protocol of the application: Go compares its address. */
function portKey(port: CoreV1EndpointPort | undefined, place: string): string {
  if (port === undefined) return '';
  return port.appProtocol === undefined ? `${port.name ?? ''} ${port.port} ${port.protocol}` : `at ${place}`;
}

function addAll(
  into: Addresses,
  addresses: readonly CoreV1EndpointAddress[],
  ready: boolean,
  known: Map<string, CoreV1EndpointAddress>,
): void {
  for (const address of addresses) {
    const key = addressKey(address);
    const first = known.get(key) ?? address;
    known.set(key, first);
    const entry = into.get(key);
    if (entry === undefined) into.set(key, { address: first, ready });
    else if (entry.ready) entry.ready = ready;
  }
}

function subsetOf(
  entries: readonly { readonly address: CoreV1EndpointAddress; ready: boolean }[],
): CoreV1EndpointSubset {
  const pick = (wanted: boolean) => entries.filter(({ ready }) => ready === wanted).map(({ address }) => address);
  const [addresses, notReadyAddresses] = [pick(true), pick(false)];
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
  };
}

/** Upstream orders by the MD5 of a dump of the Go value: no meaning, but clients see the order. */
function byHash<T>(items: readonly T[], dump: (item: T) => string): T[] {
  const hashed = items.map((item) => ({ item, hash: createHash('md5').update(dump(item)).digest('hex') }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0)).map(({ item }) => item);
}

/** Fields of a Go struct in order: its name, the JSON name and the type, `*` before that of a pointer. */
type Fields = readonly (readonly [name: string, json: string, type: string])[];

const PORT: Fields = [
  ['Name', 'name', 'string'],
  ['Port', 'port', 'int32'],
  ['Protocol', 'protocol', 'core.Protocol'],
  ['AppProtocol', 'appProtocol', '*string'],
];
const ADDRESS: Fields = [
  ['IP', 'ip', 'string'],
  ['Hostname', 'hostname', 'string'],
  ['NodeName', 'nodeName', '*string'],
  ['TargetRef', 'targetRef', '*core.ObjectReference'],
];
const REFERENCE: Fields = [
  ['Kind', 'kind', 'string'],
  ['Namespace', 'namespace', 'string'],
  ['Name', 'name', 'string'],
  ['UID', 'uid', 'types.UID'],
  ['APIVersion', 'apiVersion', 'string'],
  ['ResourceVersion', 'resourceVersion', 'string'],
  ['FieldPath', 'fieldPath', 'string'],
];
const STRUCTS: Readonly<Record<string, Fields>> = {
  'core.EndpointPort': PORT,
  'core.EndpointAddress': ADDRESS,
  'core.ObjectReference': REFERENCE,
};

const dumpPort = (port: CoreV1EndpointPort): string => `(core.EndpointPort)${dumpFields(PORT, port)}`;

function dumpSubset({ addresses, notReadyAddresses, ports }: CoreV1EndpointSubset): string {
  const lists = [
    `Addresses:${dumpList('core.EndpointAddress', addresses)}`,
    `NotReadyAddresses:${dumpList('core.EndpointAddress', notReadyAddresses)}`,
    `Ports:${dumpList('core.EndpointPort', ports)}`,
  ];
  return `(core.EndpointSubset){${lists.join(' ')}}`;
}

function dumpList(type: string, items: readonly JsonObject[] | undefined): string {
  const fields = STRUCTS[type] ?? [];
  return `([]${type})${items ? `[${items.map((item) => dumpFields(fields, item)).join(' ')}]` : '<nil>'}`;
}

function dumpFields(fields: Fields, value: JsonObject): string {
  return `{${fields.map(([name, json, type]) => `${name}:(${type})${dumpValue(type, value[json])}`).join(' ')}}`;
}

function dumpValue(type: string, value: JsonValue | undefined): string {
  if (value === undefined) return type.startsWith('*') ? '<nil>' : '';
  const struct = STRUCTS[type.replace('*', '')];
  return struct ? dumpFields(struct, value as JsonObject) : String(value);
}
