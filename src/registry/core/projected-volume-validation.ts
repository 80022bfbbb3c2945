import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import type {
  CoreV1ClusterTrustBundleProjection,
  CoreV1PodCertificateProjection,
  CoreV1ProjectedVolumeSource,
  CoreV1ServiceAccountTokenProjection,
  CoreV1VolumeProjection,
} from '../../apis/types.gen.js';
import { checkTrustBundleName } from '../certificates/cluster-trust-bundle.policy.js';
import { validateSigner } from '../certificates/validation.js';
import type { PodContext } from './pod-validation-options.js';
import { validateDownwardItem, validateKeyToPath, validateLocalPath, validateMode } from './volume-files.js';

/** Volumes put together from several sources. @see https://kubernetes.io/docs/concepts/storage/projected-volumes/ */

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const CERTIFICATE_KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const CERTIFICATE_SECONDS_MIN = 3600;
const CERTIFICATE_SECONDS_MAX = 91 * 86_400;
/** Signers of the project itself issue for no longer. */
const KUBERNETES_CERTIFICATE_SECONDS_MAX = 86_400;

/** One volume under validation: where it stands, and which files its sources have claimed so far. */
class Projection {
  private readonly paths = new Set<string>();

  constructor(
    readonly at: FieldPath,
    readonly context: PodContext,
    readonly errors: Errors,
  ) {}

  /** Two sources may not write one file. `shown` is what the message names. */
  claim(path: string, shown: string): void {
    if (this.paths.has(path)) this.errors.push(fieldInvalid(this.at, shown, 'conflicting duplicate paths'));
    this.paths.add(path);
  }
}

export function validateProjected(
  projected: CoreV1ProjectedVolumeSource,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  validateMode(projected.defaultMode, at.child('defaultMode'), errors);
  const projection = new Projection(at, context, errors);
  for (const [i, source] of entriesOf(projected.sources)) {
    validateSource(source, projection, at.child('sources').index(i));
  }
}

function validateSource(source: CoreV1VolumeProjection, projection: Projection, at: FieldPath): void {
  const { errors } = projection;
  let sources = 0;
  for (const kind of ['secret', 'configMap'] as const) {
    const files = source[kind];
    if (!files) continue;
    sources++;
    const here = at.child(kind);
    const { name = '', items = [] } = files;
    if (name === '') errors.push(fieldRequired(here.child('name')));
    for (const [i, item] of items.entries()) {
      validateKeyToPath(item, here.child('items').index(i), errors);
      if (item.path) projection.claim(item.path, name);
    }
  }
  if (source.downwardAPI) {
    sources++;
    for (const item of source.downwardAPI.items ?? []) {
      validateDownwardItem(item, at.child('downwardAPI'), errors);
      if (item.path) projection.claim(item.path, item.path);
    }
  }
  if (source.serviceAccountToken) {
    sources++;
    validateToken(source.serviceAccountToken, projection, at.child('serviceAccountToken'));
  }
  if (source.clusterTrustBundle) {
    sources++;
    validateTrustBundle(source.clusterTrustBundle, projection, at.child('clusterTrustBundle'));
  }
  if (source.podCertificate) {
    sources++;
    validateCertificate(source.podCertificate, projection, at.child('podCertificate'));
  }
  if (sources > 1) errors.push(fieldForbidden(at, 'may not specify more than 1 volume type per source'));
}

function validateToken(token: CoreV1ServiceAccountTokenProjection, projection: Projection, at: FieldPath): void {
  const { errors } = projection;
  const { expirationSeconds = 0, path = '' } = token;
  const secondsAt = at.child('expirationSeconds');
  if (expirationSeconds < TOKEN_SECONDS_MIN) {
    errors.push(fieldInvalid(secondsAt, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds > TOKEN_SECONDS_MAX) {
    errors.push(fieldInvalid(secondsAt, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  // Upstream tells of the path as if it were the volume's own.
  const pathAt = projection.at.child('path');
  if (path === '') errors.push(fieldRequired(pathAt));
  else validateLocalPath(path, pathAt, errors);
}

function validateTrustBundle(bundle: CoreV1ClusterTrustBundleProjection, projection: Projection, at: FieldPath): void {
  const { context, errors } = projection;
  const { name, signerName, labelSelector, path = '' } = bundle;
  if (name !== undefined && signerName !== undefined) {
    const shown = context.internal('core.v1.ClusterTrustBundleProjection', bundle);
    errors.push(fieldInvalid(at, shown, 'only one of name and signerName may be used'));
  } else if (name !== undefined) {
    if (name === '') errors.push(fieldRequired(at.child('name'), 'must be a valid object name'));
    validateChecked(name, checkReferredBundle, at.child('name'), errors);
    if (labelSelector) {
      const text = 'labelSelector must be unset if name is specified';
      errors.push(fieldInvalid(at.child('labelSelector'), labelSelector, text));
    }
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(fieldRequired(at.child('signerName'), 'must be a valid signer name'));
    validateSigner(signerName, at.child('signerName'), errors);
    validateLabelSelector(labelSelector, at.child('labelSelector'), errors);
  } else {
    errors.push(fieldRequired(at, 'either name or signerName must be specified'));
  }
  if (path === '') errors.push(fieldRequired(at.child('path')));
  validateLocalPath(path, at.child('path'), errors);
  projection.claim(path, path);
}

/** The signer of a bundle is told by its name: what stands before the last colon. */
function checkReferredBundle(name: string): string[] {
  const end = name.lastIndexOf(':');
  const signer = end < 0 ? '' : name.slice(0, end).replaceAll(':', '/');
  return checkTrustBundleName(name, signer).map((text) => `not a valid clustertrustbundlename: ${text}`);
}

function validateCertificate(certificate: CoreV1PodCertificateProjection, projection: Projection, at: FieldPath): void {
  const { errors } = projection;
  const { signerName = '', keyType = '', maxExpirationSeconds } = certificate;
  validateSigner(signerName, at.child('signerName'), errors);
  if (!CERTIFICATE_KEY_TYPES.includes(keyType)) {
    errors.push(fieldNotSupportedAsListed(at.child('keyType'), keyType, CERTIFICATE_KEY_TYPES));
  }
  if (maxExpirationSeconds !== undefined) validateLifetime(maxExpirationSeconds, signerName, at, errors);
  let paths = 0;
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const path = certificate[field];
    if (!path) continue;
    paths++;
    validateLocalPath(path, at.child(field), errors);
    projection.claim(path, path);
  }
  if (paths === 0) {
    errors.push(fieldRequired(at, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'));
  }
}

function validateLifetime(seconds: number, signerName: string, at: FieldPath, errors: Errors): void {
  const here = at.child('maxExpirationSeconds');
  if (seconds < CERTIFICATE_SECONDS_MIN) {
    const text = `if provided, maxExpirationSeconds must be >= ${CERTIFICATE_SECONDS_MIN}`;
    errors.push(fieldInvalid(here, seconds, text));
  }
  const host = signerName.split('/', 1)[0]!;
  const own = host === 'kubernetes.io' || host.endsWith('.kubernetes.io');
  const max = own ? KUBERNETES_CERTIFICATE_SECONDS_MAX : CERTIFICATE_SECONDS_MAX;
  if (seconds > max) {
    errors.push(fieldInvalid(here, seconds, `if provided, maxExpirationSeconds must be <= ${max}`));
  }
}
