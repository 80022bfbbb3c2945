import type { KubeObject } from '../../apimachinery/meta/object.js';
import { canonicalQuantity } from '../../apimachinery/runtime/quantity.js';
import type { TableContext } from '../../apimachinery/table/table.js';
import type {
  CoreV1PersistentVolume,
  CoreV1PersistentVolumeClaim,
  StorageV1CSIDriver,
  StorageV1CSINode,
  StorageV1StorageClass,
  StorageV1VolumeAttachment,
  StorageV1VolumeAttributesClass,
} from '../../apis/types.gen.js';
import { age, cells, joined, NONE, name, type Printers, UNSET } from './printer.js';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const DEFAULT_ATTRIBUTES_CLASS_ANNOTATION = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

export const STORAGE_PRINTERS: Printers = {
  'v1/persistentvolumes': cells<CoreV1PersistentVolume>((volume, context) => {
    const { metadata, spec, status } = volume;
    const claim = spec?.claimRef;
    return [
      name(volume),
      canonicalQuantity(spec?.capacity?.['storage'] ?? '0'),
      accessModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
      metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? UNSET,
      status?.reason ?? '',
      age(volume, context),
      spec?.volumeMode ?? UNSET,
    ];
  }),
  'v1/persistentvolumeclaims': cells<CoreV1PersistentVolumeClaim>((claim, context) => {
    const { metadata, spec, status } = claim;
    const bound = spec?.volumeName !== undefined && spec.volumeName !== '';
    return [
      name(claim),
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.volumeName ?? '',
      bound ? canonicalQuantity(status?.capacity?.['storage'] ?? '0') : '',
      bound ? accessModes(status?.accessModes) : '',
      metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? UNSET,
      age(claim, context),
      spec?.volumeMode ?? UNSET,
    ];
  }),
  'storage.k8s.io/v1/storageclasses': {
    row: (object, context) => ({ cells: storageClassCells(object as StorageV1StorageClass, context, false) }),
    forList: (objects) => {
      const chosen = defaultClass(objects);
      return {
        row: (object, context) => ({
          cells: storageClassCells(object as StorageV1StorageClass, context, name(object) === chosen),
        }),
      };
    },
  },
  'storage.k8s.io/v1/volumeattributesclasses': cells<StorageV1VolumeAttributesClass>((attributes, context) => [
    attributes.metadata.annotations?.[DEFAULT_ATTRIBUTES_CLASS_ANNOTATION] === 'true'
      ? `${name(attributes)} (default)`
      : name(attributes),
    attributes.driverName,
    age(attributes, context),
  ]),
  'storage.k8s.io/v1/volumeattachments': cells<StorageV1VolumeAttachment>((attachment, context) => [
    name(attachment),
    attachment.spec?.attacher ?? '',
    attachment.spec?.source?.persistentVolumeName ?? '',
    attachment.spec?.nodeName ?? '',
    attachment.status?.attached ?? false,
    age(attachment, context),
  ]),
  'storage.k8s.io/v1/csidrivers': cells<StorageV1CSIDriver>((driver, context) => [
    name(driver),
    driver.spec?.attachRequired ?? true,
    driver.spec?.podInfoOnMount ?? false,
    driver.spec?.storageCapacity ?? false,
    driver.spec?.tokenRequests ? driver.spec.tokenRequests.map(({ audience }) => audience).join(',') : UNSET,
    driver.spec?.requiresRepublish ?? false,
    joined(driver.spec?.volumeLifecycleModes, NONE),
    age(driver, context),
  ]),
  'storage.k8s.io/v1/csinodes': cells<StorageV1CSINode>((node, context) => [
    name(node),
    (node.spec?.drivers ?? []).length,
    age(node, context),
  ]),
};

const ACCESS_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** Short names in a fixed order, each once. */
function accessModes(modes: readonly string[] | null | undefined): string {
  return ACCESS_MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function storageClassCells(object: Readonly<StorageV1StorageClass>, context: TableContext, isDefault: boolean) {
  return [
    isDefault ? `${name(object)} (default)` : name(object),
    object.provisioner,
    object.reclaimPolicy ?? 'Delete',
    object.volumeBindingMode ?? 'Immediate',
    object.allowVolumeExpansion ?? false,
    age(object, context),
  ];
}

/** Of all classes that are marked as default the youngest counts; among equally old ones the first by name. */
function defaultClass(objects: readonly Readonly<KubeObject>[]): string | undefined {
  let chosen: Readonly<KubeObject> | undefined;
  for (const object of objects) {
    const { annotations, creationTimestamp = '' } = object.metadata;
    if (!DEFAULT_CLASS_ANNOTATIONS.some((key) => annotations?.[key] === 'true')) continue;
    const best = chosen?.metadata.creationTimestamp ?? '';
    if (chosen === undefined || creationTimestamp > best) chosen = object;
    else if (creationTimestamp === best && name(object) < name(chosen)) chosen = object;
  }
  return chosen === undefined ? undefined : name(chosen);
}
