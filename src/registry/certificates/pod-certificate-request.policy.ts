import type { KeyObject } from 'node:crypto';
import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired, fieldTooLong } from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import { validateAnnotations } from '../../apimachinery/validation/qualified-name.js';
import { readCertificateRequest } from '../../apis/certificates/pkcs10.js';
import type { CertificatesV1PodCertificateRequest } from '../../apis/types.gen.js';
import { keepMetadata } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';
import { validateRequestStatus, valueOmitted } from './pod-certificate-status.js';
import { signerStorage } from './signer-storage.js';
import { validateSigner } from './validation.js';

type Request = CertificatesV1PodCertificateRequest;

const KIND = { group: 'certificates.k8s.io', version: 'v1', kind: 'PodCertificateRequest' };
const SPEC = FieldPath.root('spec');
const STUB = SPEC.child('stubPKCS10Request');
const LIFE_SECONDS = 24 * 3600;
const LIFE_SECONDS_MIN = 3600;
const LIFE_SECONDS_MAX = 91 * 24 * 3600;
const UID_BYTES_MAX = 128;
const STUB_BYTES_MAX = 10 * 1024;
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const MODULUS_BITS = [3072, 4096];

const policy = ruledPolicy<Request>({
  resource: 'podcertificaterequests',
  traits: { kind: KIND, namespaced: true, hasStatus: true, allowUnconditionalUpdate: false },
  defaults: {
    v1: (object: KubeObject) => {
      const { spec } = object as Request;
      if (spec) spec.maxExpirationSeconds ??= LIFE_SECONDS;
    },
  },
  validate,
  validateUpdate: (request, old, errors, { catalogue }) => {
    if (jsonEqual(request.spec, old.spec)) return;
    const schema = catalogue.schemaOfKind(KIND).properties?.get('spec');
    const shown = schema === undefined ? {} : (internalForm(schema, request.spec) as JsonObject);
    errors.push(fieldInvalid(SPEC, withLegacyFields(shown), IMMUTABLE_TEXT));
  },
  prepareForStatus: keepMetadata,
  validateStatus: (request, old, errors, { now }) => {
    const key = stubKey(old.spec?.stubPKCS10Request ?? '');
    validateRequestStatus(request, old, key, now(), errors);
  },
  selectableFields: ({ spec }) => ({
    'spec.signerName': spec?.signerName ?? '',
    'spec.podName': spec?.podName ?? '',
    'spec.nodeName': spec?.nodeName ?? '',
  }),
});

/** @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#pod-certificate-requests */
export const podCertificateRequestPolicy: KindPolicy = {
  ...policy,
  subresources: (store, environment) => {
    const strategy = policy.statusStrategy!(store.strategy, environment);
    const storage = signerStorage(store, strategy, environment);
    return [{ name: 'status', storage, resetFields: strategy.resetFields() }];
  },
};

/** Fields that only older versions of the API have stand before the stub. */
function withLegacyFields(shown: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, value]) =>
      name === 'StubPKCS10Request'
        ? [
            ['PKIXPublicKey', null],
            ['ProofOfPossession', null],
            [name, value],
          ]
        : [[name, value]],
    ),
  );
}

function validate({ spec }: Readonly<Request>, errors: Errors): void {
  const given: Partial<NonNullable<Request['spec']>> = spec ?? {};
  const { signerName = '', maxExpirationSeconds: seconds = 0 } = given;
  const stub = given.stubPKCS10Request ?? '';
  validateSigner(signerName, SPEC.child('signerName'), errors);
  validateAnnotations(given.unverifiedUserAnnotations, SPEC.child('unverifiedUserAnnotations'), errors);
  for (const [name, uid] of [
    ['podName', 'podUID'],
    ['serviceAccountName', 'serviceAccountUID'],
    ['nodeName', 'nodeUID'],
  ] as const) {
    validateChecked(given[name] ?? '', checkDns1123Subdomain, SPEC.child(name), errors);
    const value = given[uid] ?? '';
    if (value === '') errors.push(fieldInvalid(SPEC.child(uid), value, 'must not be empty'));
    if (byteLength(value) > UID_BYTES_MAX) errors.push(fieldTooLong(SPEC.child(uid), UID_BYTES_MAX));
  }
  const secondsAt = SPEC.child('maxExpirationSeconds');
  if (given.maxExpirationSeconds === undefined) {
    errors.push(fieldRequired(secondsAt, 'must be set'));
    return;
  }
  const max = signerName.startsWith('kubernetes.io/') ? LIFE_SECONDS : LIFE_SECONDS_MAX;
  if (seconds < LIFE_SECONDS_MIN || seconds > max) {
    errors.push(fieldInvalid(secondsAt, seconds, `must be in the range [${LIFE_SECONDS_MIN}, ${max}]`));
  }
  if (stub === '') {
    const text = 'exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set';
    errors.push(valueOmitted(SPEC, text));
  } else validateStub(stub, errors);
}

function validateStub(stub: string, errors: Errors): void {
  if (Buffer.byteLength(stub, 'base64') > STUB_BYTES_MAX) {
    errors.push(fieldTooLong(STUB, STUB_BYTES_MAX));
    return;
  }
  const key = stubKey(stub);
  if (key === undefined) {
    errors.push(valueOmitted(STUB, 'must be a valid PKCS#10 CSR'));
    return;
  }
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return;
    case 'ec':
      if (CURVES.includes(namedCurve)) return;
      errors.push(fieldInvalid(STUB, `curve ${namedCurve}`, 'elliptic public keys must use curve P256 or P384'));
      return;
    case 'rsa':
      if (MODULUS_BITS.includes(modulusLength)) return;
      errors.push(fieldInvalid(STUB, `${modulusLength}-bit modulus`, 'RSA keys must have modulus size 3072 or 4096'));
      return;
    default:
      errors.push(valueOmitted(STUB, 'unknown public key type; supported types are Ed25519, ECDSA, and RSA'));
  }
}

/** The key that a stub is made for and signed with; undefined where the stub is no such request. */
function stubKey(stub: string): KeyObject | undefined {
  try {
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${stub}\n-----END CERTIFICATE REQUEST-----\n`;
    return readCertificateRequest(pem).publicKey;
  } catch {
    return undefined;
  }
}
