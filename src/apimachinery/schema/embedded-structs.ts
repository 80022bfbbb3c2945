/** Fields that a Go struct has from structs embedded in it: the way to them, and their names, or those of the fields that are its own. */
interface Embedded {
  readonly way: string;
  readonly fields?: readonly string[];
  readonly butOwn?: readonly string[];
}

const VOLUME_SPEC = [
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
];
const RULE = ['apiGroups', 'apiVersions', 'resources', 'scope'];
const REFERENCE: readonly Embedded[] = [{ way: 'LocalObjectReference', fields: ['name'] }];
const CONFIGURATION: readonly Embedded[] = [{ way: 'DeviceConfiguration', fields: ['opaque'] }];

/** By name of the struct. JSON knows nothing of embedding, but Go's decoder tells it in its errors. */
const EMBEDDED: Readonly<Record<string, readonly Embedded[]>> = {
  Volume: [{ way: 'VolumeSource', butOwn: ['name'] }],
  PersistentVolumeSpec: [{ way: 'PersistentVolumeSource', butOwn: VOLUME_SPEC }],
  EphemeralContainer: [{ way: 'EphemeralContainerCommon', butOwn: ['targetContainerName'] }],
  Probe: [{ way: 'ProbeHandler', fields: ['exec', 'httpGet', 'tcpSocket', 'grpc'] }],
  IngressRule: [{ way: 'IngressRuleValue', fields: ['http'] }],
  RuleWithOperations: [{ way: 'Rule', fields: RULE }],
  NamedRuleWithOperations: [
    { way: 'RuleWithOperations.Rule', fields: RULE },
    { way: 'RuleWithOperations', fields: ['operations'] },
  ],
  ConfigMapEnvSource: REFERENCE,
  ConfigMapKeySelector: REFERENCE,
  ConfigMapProjection: REFERENCE,
  ConfigMapVolumeSource: REFERENCE,
  SecretEnvSource: REFERENCE,
  SecretKeySelector: REFERENCE,
  SecretProjection: REFERENCE,
  DeviceAllocationConfiguration: CONFIGURATION,
  DeviceClaimConfiguration: CONFIGURATION,
  DeviceClassConfiguration: CONFIGURATION,
};

/**
 * The name of a field as Go's decoder tells it: with the embedded structs that lead to it (`VolumeSource.configMap`).
 * @param structName Go name of the struct, without its package
 */
export function fieldInGo(structName: string, field: string): string {
  if (!Object.hasOwn(EMBEDDED, structName)) return field;
  const has = ({ fields, butOwn }: Embedded) => fields?.includes(field) ?? butOwn?.includes(field) === false;
  const found = EMBEDDED[structName]!.find(has);
  return found === undefined ? field : `${found.way}.${field}`;
}
