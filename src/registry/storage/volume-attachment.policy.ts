import type { JsonObject } from '../../apimachinery/meta/json.js';
import { longNameCaseless } from '../../apimachinery/validation/declared-formats.js';
import { immutableLast, maxLength, required, struct } from '../../apimachinery/validation/declared-rules.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain, rangeText } from '../../apimachinery/validation/names.js';
import type {
  StorageV1VolumeAttachment,
  StorageV1VolumeAttachmentSource,
  StorageV1VolumeError,
} from '../../apis/types.gen.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import { validateInlineVolume } from './inline-volume-validation.js';

const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const ATTACHER_LENGTH_MAX = 63;
const INT32_MAX = 2 ** 31 - 1;
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
    statusKeepsMetadata: true,
    allowUnconditionalUpdate: false,
    returnsDeletedObject: true,
  },
  validate: (attachment, errors) => {
    validate(attachment, errors);
    // Since v1 the name has to be one that a volume can have.
    const volume = attachment.spec?.source?.persistentVolumeName;
    if (typeof volume === 'string') {
      validateChecked(volume, checkDns1123Subdomain, SPEC.child('source', 'persistentVolumeName'), errors);
    }
  },
  validateUpdate: (attachment, _old, errors) => validate(attachment, errors),
  validateStatus: (attachment, _old, errors) => validate(attachment, errors),
  declared: struct({
    spec: [struct({ attacher: [required, longNameCaseless, maxLength(ATTACHER_LENGTH_MAX)] }), immutableLast],
  }),
});

function validate(attachment: Readonly<StorageV1VolumeAttachment>, errors: Errors): void {
  const { source, nodeName } = attachment.spec ?? {};
  validateSource(source ?? {}, errors);
  validateChecked(nodeName ?? '', checkDns1123Subdomain, SPEC.child('nodeName'), errors);
  validateStatus(attachment, errors);
}

function validateSource(source: StorageV1VolumeAttachmentSource, errors: Errors): void {
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = source;
  const at = SPEC.child('source');
  if (volume === undefined && inline === undefined) errors.push(fieldRequired(at, ONE_SOURCE_TEXT));
  else if (volume !== undefined && inline !== undefined) errors.push(fieldForbidden(at, ONE_SOURCE_TEXT));
  else if (inline !== undefined) validateInlineVolume(inline, at.child('inlineVolumeSpec'), errors);
  else if (volume === '') {
    errors.push(fieldRequired(at.child('persistentVolumeName'), 'must specify non empty persistentVolumeName'));
  }
}

function validateStatus({ status }: Readonly<StorageV1VolumeAttachment>, errors: Errors): void {
  validateMetadata(status?.attachmentMetadata ?? {}, STATUS.child('attachmentMetadata'), errors);
  validateError(status?.attachError, STATUS.child('attachError'), errors);
  validateError(status?.detachError, STATUS.child('detachError'), errors);
}

function validateMetadata(metadata: JsonObject, at: FieldPath, errors: Errors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) bytes += byteLength(key) + byteLength(String(value));
  if (bytes > METADATA_BYTES_MAX) errors.push(fieldTooLong(at, METADATA_BYTES_MAX));
}

function validateError(error: StorageV1VolumeError | undefined, at: FieldPath, errors: Errors): void {
  if (error === undefined) return;
  if (byteLength(error.message ?? '') > ERROR_MESSAGE_BYTES_MAX) {
    // Upstream names the limit of the metadata here.
    errors.push(fieldTooLong(at.child('message'), METADATA_BYTES_MAX));
  }
  const code = error.errorCode;
  if (typeof code === 'number' && code < 0) {
    errors.push(fieldInvalid(at.child('errorCode'), code, rangeText(0, INT32_MAX)));
  }
}
