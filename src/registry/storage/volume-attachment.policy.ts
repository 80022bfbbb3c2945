import type { JsonObject } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type {
  StorageV1VolumeAttachment,
  StorageV1VolumeAttachmentSource,
  StorageV1VolumeError,
} from '../../apis/types.gen.js';
import { checkCaselessSubdomain, validateUnchanged } from '../generic/reference-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const ATTACHER_BYTES_MAX = 63;
const METADATA_BYTES_MAX = 256 * 1024;
const ERROR_MESSAGE_BYTES_MAX = 1024;
const ONE_SOURCE_TEXT = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/ */
export const volumeAttachmentPolicy = ruledPolicy<StorageV1VolumeAttachment>({
  resource: 'volumeattachments',
  traits: {
    kind: { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment' },
    namespaced: false,
    hasStatus: true,
    allowUnconditionalUpdate: false,
    returnsDeletedObject: true,
  },
  validate: ({ spec }, errors) => {
    const { source, nodeName, attacher } = spec ?? {};
    validateSource(source ?? {}, errors);
    validateChecked(nodeName ?? '', checkDns1123Subdomain, SPEC.child('nodeName'), errors);
    validateAttacher(attacher ?? '', errors);
  },
  validateUpdate: (attachment, old, errors) => {
    validateStatus(attachment, errors);
    validateUnchanged(attachment.spec, old.spec, SPEC, errors);
  },
  validateStatus: (attachment, _old, errors) => validateStatus(attachment, errors),
});

function validateSource(source: StorageV1VolumeAttachmentSource, errors: Errors): void {
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = source;
  const at = SPEC.child('source');
  if (volume === undefined && inline === undefined) errors.push(fieldRequired(at, ONE_SOURCE_TEXT));
  else if (volume !== undefined && inline !== undefined) errors.push(fieldForbidden(at, ONE_SOURCE_TEXT));
  else if (volume !== undefined) {
    validateChecked(volume, checkDns1123Subdomain, at.child('persistentVolumeName'), errors);
  }
}

function validateAttacher(attacher: string, errors: Errors): void {
  const at = SPEC.child('attacher');
  if (attacher === '') {
    errors.push(fieldRequired(at));
    return;
  }
  if (byteLength(attacher) > ATTACHER_BYTES_MAX) errors.push(fieldTooLong(at, ATTACHER_BYTES_MAX));
  validateChecked(attacher, checkCaselessSubdomain, at, errors);
}

function validateStatus({ status }: Readonly<StorageV1VolumeAttachment>, errors: Errors): void {
  validateMetadata(status?.attachmentMetadata ?? {}, STATUS.child('attachmentMetadata'), errors);
  validateError(status?.attachError, STATUS.child('attachError'), errors);
  validateError(status?.detachError, STATUS.child('detachError'), errors);
}

function validateMetadata(metadata: JsonObject, at: FieldPath, errors: Errors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    if (key === '') errors.push(fieldInvalid(at, key, 'field can not be empty.'));
    bytes += byteLength(key) + byteLength(String(value));
  }
  if (bytes > METADATA_BYTES_MAX) errors.push(fieldTooLong(at, METADATA_BYTES_MAX));
}

function validateError(error: StorageV1VolumeError | undefined, at: FieldPath, errors: Errors): void {
  if (error === undefined) return;
  if (byteLength(error.message ?? '') > ERROR_MESSAGE_BYTES_MAX) {
    errors.push(fieldTooLong(at.child('message'), ERROR_MESSAGE_BYTES_MAX));
  }
}
