import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';

/**
 * Fields of the published schema that Kubernetes 1.37 serves behind feature gates which are off by default. What a client
 * writes into them is dropped, unless the stored object has the field already.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */

/** A field's path; a step that ends in `[]` is each item of a list. */
type Path = readonly string[];

const CONTAINERS = ['containers[]', 'initContainers[]', 'ephemeralContainers[]'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HOOKS = ['lifecycle.postStart', 'lifecycle.preStop'];
const FILES = ['volumes[].secret', 'volumes[].configMap', 'volumes[].downwardAPI'];
const PROJECTIONS = 'volumes[].projected.sources[].';

const inContainers = (...fields: string[]): string[] =>
  CONTAINERS.flatMap((list) => fields.map((field) => `${list}.${field}`));

/** Fields by gate: where one of them is in use already, all of the gate are kept. */
const POD_GATES: readonly (readonly Path[])[] = [
  // ContainerStopSignals
  inContainers('lifecycle.stopSignal'),
  // AtomicWriteVolumeUserFields
  [
    ...FILES.flatMap((source) => [`${source}.defaultUser`, `${source}.items[].user`]),
    'volumes[].projected.defaultUser',
    ...['secret', 'configMap', 'downwardAPI'].map((source) => `${PROJECTIONS}${source}.items[].user`),
    ...['serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].map((source) => `${PROJECTIONS}${source}.user`),
  ],
  // EmptyDirVolumeMode
  ['volumes[].emptyDir.mode'],
  // VolumeBindMountOptions
  inContainers('volumeMounts[].bindMountOptions'),
  // H2CContainerProbe
  inContainers(...[...PROBES, ...HOOKS].map((handler) => `${handler}.httpGet.protocol`)),
  // GRPCContainerProbeTLS
  inContainers(...PROBES.map((probe) => `${probe}.grpc.mode`)),
  // EvictionRequestAPI
  ['evictionResponders'],
  // GenericWorkload
  ['schedulingGroup'],
].map((paths) => paths.map((path) => path.split('.')));

const POD_STATUS_GATES: readonly (readonly Path[])[] = [
  // CSIVolumeHealth
  [['volumeHealth']],
];

/** In place. `old` is what is stored, of pods and of pod templates alike. */
export function dropDisabledPodFields(spec: CoreV1PodSpec, old?: Readonly<CoreV1PodSpec>): void {
  dropFields(spec, old, POD_GATES);
}

export function dropDisabledStatusFields(status: CoreV1PodStatus, old?: Readonly<CoreV1PodStatus>): void {
  dropFields(status, old, POD_STATUS_GATES);
}

/** The same for fields of other types: each gate is a list of dotted paths. */
export function dropFields(
  object: JsonObject,
  old: Readonly<JsonObject> | undefined,
  gates: readonly (readonly Path[])[],
): void {
  for (const paths of gates) {
    const given = paths.filter((path) => holders(object, path).length > 0);
    if (given.length === 0 || (old && paths.some((path) => holders(old, path).length > 0))) continue;
    for (const path of given) for (const holder of holders(object, path)) delete holder[path.at(-1)!];
  }
}

/** The objects that have the field at the end of the path. */
function holders(object: JsonObject, path: Path): JsonObject[] {
  let found: JsonObject[] = [object];
  for (const step of path.slice(0, -1)) {
    const list = step.endsWith('[]');
    const name = list ? step.slice(0, -2) : step;
    found = found.flatMap((holder): JsonObject[] => {
      const value: JsonValue | undefined = holder[name];
      if (list) return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
      return isJsonObject(value) ? [value] : [];
    });
    if (found.length === 0) return found;
  }
  const last = path.at(-1)!;
  return found.filter((holder) => holder[last] !== undefined);
}
