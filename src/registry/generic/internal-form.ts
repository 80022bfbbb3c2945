import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import { isJsonObject } from '../../apimachinery/meta/json.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { MetaV1LabelSelector } from '../../apis/types.gen.js';

/**
 * Some messages show a value as kube-apiserver holds it inside: every field of the type, spelled as in Go, unset ones as
 * their zero. This derives that form from the schema. Types of the meta group are shown as clients write them.
 */
export function internalForm(schema: Schema, value: JsonValue | undefined): JsonValue {
  if (value === undefined || value === null) return schema.codec?.pointer ? null : zeroOf(schema);
  if (schema.ref?.startsWith('meta.')) return value;
  if (Array.isArray(value)) return schema.items ? value.map((item) => internalForm(schema.items!, item)) : value;
  if (!isJsonObject(value) || schema.codec?.special !== undefined) return value;
  if (schema.properties === undefined) return mapForm(schema, value);
  return structForm(schema, value);
}

function structForm(schema: Schema, value: JsonObject): JsonObject {
  const out: JsonObject = {};
  const renamed = RENAMED[schema.ref ?? ''];
  for (const [name, field] of schema.properties ?? []) {
    if (name === 'metadata' && isEmbeddedMeta(field)) Object.assign(out, embeddedMeta(value[name]));
    else out[renamed?.[name] ?? goName(name)] = internalForm(field, value[name]);
  }
  return out;
}

/** Metadata that a Go type embeds: as clients write it, maps in order. */
export function embeddedMeta(metadata: JsonValue | undefined): JsonObject {
  const entries = Object.entries(isJsonObject(metadata) ? metadata : {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isJsonObject(value) ? sortedMap(value as MapOf) : value]),
  );
}

type MapOf = Record<string, string>;

/** Go embeds the metadata of templates: its fields are told among the others. */
const isEmbeddedMeta = (field: Schema): boolean => field.ref === 'meta.v1.ObjectMeta';

function mapForm(schema: Schema, value: JsonObject): JsonObject {
  const inner = schema.additionalProperties;
  if (inner === undefined || inner === true) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, internalForm(inner, value[key])]),
  );
}

function zeroOf(schema: Schema): JsonValue {
  if (schema.codec?.special === 'Quantity') return '0';
  if (schema.codec?.special === 'IntOrString') return 0;
  if (schema.codec?.special !== undefined) return null;
  switch (schema.type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'object':
      return schema.properties === undefined ? null : structForm(schema, {});
    default:
      return null;
  }
}

/** Words that Go's names write in capitals. */
const INITIALISMS =
  /^(api|aws|dns|http|tcp|grpc|uid|gid|ip|os|csi|iscsi|nfs|rbd|fc|gce|tty|tls|ca|pd|id|url|uri|ttl|cpu|qos|pvc|cidr|fs|ce|pod)(?=[A-Z]|s?$)/;
const KEPT = new Set(['pod', 'ce']);
const EXCEPTIONS: Record<string, string> = {
  serviceAccount: 'DeprecatedServiceAccount',
  setHostnameAsFQDN: 'SetHostnameAsFQDN',
  seLinuxOptions: 'SELinuxOptions',
  seLinuxChangePolicy: 'SELinuxChangePolicy',
  seLinuxMount: 'SELinuxMount',
  fsType: 'FSType',
  fsGroup: 'FSGroup',
  fsGroupChangePolicy: 'FSGroupChangePolicy',
  cephfs: 'CephFS',
  storageos: 'StorageOS',
  glusterfs: 'Glusterfs',
  podIPs: 'PodIPs',
  clientIP: 'ClientIP',
  scaleIO: 'ScaleIO',
  pkixPublicKey: 'PKIXPublicKey',
  stubPKCS10Request: 'StubPKCS10Request',
  chapAuthDiscovery: 'DiscoveryCHAPAuth',
  chapAuthSession: 'SessionCHAPAuth',
  iqn: 'IQN',
  wwids: 'WWIDs',
  targetWWNs: 'TargetWWNs',
  rbd: 'RBD',
};

const RBD_NAMES = { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' };

/** Fields that the types inside kube-apiserver call otherwise than those of the API (pkg/apis/core/types.go). */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'core.v1.AzureDiskVolumeSource': { diskURI: 'DataDiskURI' },
  'core.v1.ContainerStatus': { lastState: 'LastTerminationState' },
  'core.v1.Event': { reportingComponent: 'ReportingController' },
  'core.v1.GlusterfsPersistentVolumeSource': { endpoints: 'EndpointsName' },
  'core.v1.GlusterfsVolumeSource': { endpoints: 'EndpointsName' },
  'core.v1.PhotonPersistentDiskVolumeSource': { pdID: 'PdID' },
  'core.v1.RBDPersistentVolumeSource': RBD_NAMES,
  'core.v1.RBDVolumeSource': RBD_NAMES,
  'core.v1.ScaleIOPersistentVolumeSource': { sslEnabled: 'SSLEnabled' },
  'core.v1.ScaleIOVolumeSource': { sslEnabled: 'SSLEnabled' },
  'core.v1.WindowsSecurityContextOptions': {
    gmsaCredentialSpecName: 'GMSACredentialSpecName',
    gmsaCredentialSpec: 'GMSACredentialSpec',
  },
  'resource.v1.DeviceAttribute': {
    int: 'IntValue',
    bool: 'BoolValue',
    string: 'StringValue',
    version: 'VersionValue',
    ints: 'IntValues',
    bools: 'BoolValues',
    strings: 'StringValues',
    versions: 'VersionValues',
  },
  'resource.v1.DeviceSelector': { cel: 'CEL' },
};

/** `dnsPolicy` to `DNSPolicy`, `nodeName` to `NodeName`. */
export function goName(name: string): string {
  const exception = EXCEPTIONS[name];
  if (exception !== undefined) return exception;
  const word = INITIALISMS.exec(name)?.[1];
  if (word !== undefined && !KEPT.has(word)) return word.toUpperCase() + name.slice(word.length);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A map as Go writes one: keys in order; null where there is none. */
export function sortedMap(map: JsonObject | undefined): JsonValue {
  if (map === undefined) return null;
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((key) => [key, map[key]]),
  );
}

/** A label selector as messages show it; null where there is none. */
export function shownSelector(selector: MetaV1LabelSelector | null | undefined): JsonValue {
  if (!selector) return null;
  return selector.matchLabels
    ? { ...selector, matchLabels: sortedMap(selector.matchLabels) }
    : (selector as JsonObject);
}
