import { X509Certificate } from 'node:crypto';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldTooLong } from '../../apimachinery/validation/field-error.js';
import { byteLength, dns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { CertificatesV1ClusterTrustBundle } from '../../apis/types.gen.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import { validateSigner } from './validation.js';

const NAME = FieldPath.root('metadata', 'name');
const SIGNER = FieldPath.root('spec', 'signerName');
const BUNDLE = FieldPath.root('spec', 'trustBundle');
const BUNDLE_BYTES_MAX = 1024 * 1024;
const OMITTED = '<value omitted>';

/** @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#cluster-trust-bundles */
export const clusterTrustBundlePolicy = ruledPolicy<CertificatesV1ClusterTrustBundle>({
  resource: 'clustertrustbundles',
  traits: {
    kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'ClusterTrustBundle' },
    namespaced: false,
    allowUnconditionalUpdate: false,
    // What a name has to be depends on the signer: see validateNaming.
    nameRule: () => [],
  },
  validate: (bundle, errors) => {
    validateNaming(bundle, errors);
    validateAnchors(bundle.spec?.trustBundle ?? '', errors);
  },
  validateUpdate: (bundle, old, errors) => {
    validateNaming(bundle, errors);
    if (bundle.spec?.trustBundle !== old.spec?.trustBundle) validateAnchors(bundle.spec?.trustBundle ?? '', errors);
    validateImmutable(bundle.spec?.signerName ?? '', old.spec?.signerName ?? '', SIGNER, errors);
  },
  selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
});

function validateNaming({ metadata, spec }: Readonly<CertificatesV1ClusterTrustBundle>, errors: Errors): void {
  const { name = '' } = metadata;
  const signer = spec?.signerName ?? '';
  for (const text of checkTrustBundleName(name, signer)) errors.push(fieldInvalid(NAME, name, text));
  if (signer !== '') validateSigner(signer, SIGNER, errors);
}

/** Bundles of a signer carry its name before their own. */
export function checkTrustBundleName(name: string, signer: string): string[] {
  if (signer === '') {
    if (name.includes(':')) return ['ClusterTrustBundle without signer name must not have ":" in its name'];
    return dns1123Subdomain(name, false);
  }
  const prefix = `${signer.replaceAll('/', ':')}:`;
  if (!name.startsWith(prefix)) {
    return [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`];
  }
  return dns1123Subdomain(name.slice(prefix.length), false);
}

const PEM_BLOCK = /-----BEGIN ([^\n-]+)-----[ \t\r]*\n([\s\S]*?)-----END \1-----/g;
/** `Name: value` lines before the content. */
const HEADERS = /^[^\n]*:[^\n]*\n/;

/** Certificates of authorities only, each once. Malformed entries are told of before anything else. */
function validateAnchors(bundle: string, errors: Errors): void {
  if (byteLength(bundle) > BUNDLE_BYTES_MAX) {
    errors.push(fieldTooLong(BUNDLE, BUNDLE_BYTES_MAX));
    return;
  }
  const places = new Map<string, number[]>();
  const faults: string[] = [];
  for (const [i, [, type = '', body = '']] of [...bundle.matchAll(PEM_BLOCK)].entries()) {
    const content = Buffer.from(body, 'base64');
    const fault = blockFault(type, body, content);
    if (fault !== undefined) faults.push(`entry ${i} ${fault}`);
    else places.set(content.toString('base64'), [...(places.get(content.toString('base64')) ?? []), i]);
  }
  if (faults.length === 0 && places.size === 0) faults.push('at least one trust anchor must be provided');
  else if (faults.length === 0) {
    for (const indices of places.values()) {
      if (indices.length > 1) faults.push(`duplicate trust anchor (indices [${indices.join(' ')}])`);
    }
  }
  for (const text of faults) errors.push(fieldInvalid(BUNDLE, OMITTED, text));
}

function blockFault(type: string, body: string, content: Buffer): string | undefined {
  if (type !== 'CERTIFICATE') return `has bad block type: ${type}`;
  if (HEADERS.test(body)) return 'has PEM block headers';
  try {
    return new X509Certificate(content).ca ? undefined : 'does not have the CA bit set';
  } catch {
    return 'does not parse as X.509';
  }
}
