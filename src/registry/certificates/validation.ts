import { X509Certificate } from 'node:crypto';
import { type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import {
  type FieldError,
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  goQuote,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { pemBlocks, readCertificateRequest } from '../../apis/certificates/pkcs10.js';

export interface SigningSpec extends JsonObject {
  request?: string;
  signerName?: string;
  usages?: string[];
  expirationSeconds?: number;
}

export interface SigningCondition extends JsonObject {
  type?: string;
  status?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

const USAGES =
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,encipher only,ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,server auth,signing,timestamping'.split(
    ',',
  );
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const EXPIRATION_SECONDS_MIN = 600;
const DOMAIN_BYTES_MAX = 253;
const SIGNER_BYTES_MAX = 571;
export const APPROVALS = ['Approved', 'Denied'];
const DECISIONS = [...APPROVALS, 'Failed'];
const SPEC = FieldPath.root('spec');
const CONDITIONS = FieldPath.root('status', 'conditions');
const CERTIFICATE = FieldPath.root('status', 'certificate');

export const conditionsOf = (csr: Readonly<KubeObject>): readonly SigningCondition[] =>
  (field(csr, 'status', 'conditions') ?? []) as SigningCondition[];

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/certificate-signing-request-v1/ */
export function validateSigningRequest(csr: Readonly<KubeObject>): FieldError[] {
  const errors: FieldError[] = [];
  const { request, signerName = '', usages = [], expirationSeconds } = (csr['spec'] ?? {}) as SigningSpec;
  try {
    readCertificateRequest(Buffer.from(request ?? '', 'base64').toString('latin1'));
  } catch (error) {
    errors.push(fieldInvalid(SPEC.child('request'), request ?? null, error instanceof Error ? error.message : ''));
  }
  validateUsages(usages, errors);
  validateSigner(signerName, SPEC.child('signerName'), errors);
  if (signerName === LEGACY_SIGNER) {
    const text = 'the legacy signerName is not allowed via this API version';
    errors.push(fieldInvalid(SPEC.child('signerName'), signerName, text));
  }
  if (typeof expirationSeconds === 'number' && expirationSeconds < EXPIRATION_SECONDS_MIN) {
    const text = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(fieldInvalid(SPEC.child('expirationSeconds'), expirationSeconds, text));
  }
  return errors;
}

function validateUsages(usages: readonly string[], errors: FieldError[]): void {
  const at = SPEC.child('usages');
  if (usages.length === 0) errors.push(fieldRequired(at));
  for (const [i, usage] of usages.entries()) {
    if (!USAGES.includes(usage)) errors.push(fieldNotSupported(at.index(i), usage, USAGES));
  }
  for (const [i, usage] of usages.entries()) {
    if (usages.indexOf(usage) < i) errors.push(fieldDuplicate(at.index(i), usage));
  }
}

/** Signers are named `example.com/signer-name`. */
export function validateSigner(signer: string, at: FieldPath, errors: FieldError[]): void {
  if (signer === '') {
    errors.push(fieldRequired(at));
    return;
  }
  const [domain = '', path, ...rest] = signer.split('/');
  if (path === undefined || rest.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(fieldInvalid(at, signer, text));
    return;
  }
  if (Buffer.byteLength(domain) > DOMAIN_BYTES_MAX) errors.push(fieldTooLong(at, DOMAIN_BYTES_MAX));
  const labels = domain.split('.');
  validateFirstFault(labels, checkDns1123Label, domain, at, errors);
  if (labels.length < 2) {
    errors.push(fieldInvalid(at, domain, 'should be a domain with at least two segments separated by dots'));
  }
  validateFirstFault(path.split('.'), checkDns1123Subdomain, path, at, errors);
  if (Buffer.byteLength(signer) > SIGNER_BYTES_MAX) errors.push(fieldTooLong(at, SIGNER_BYTES_MAX));
}

/** Tells only of the first label that is wrong: what others say would read the same. */
function validateFirstFault(
  labels: readonly string[],
  check: (label: string) => string[],
  whole: string,
  at: FieldPath,
  errors: FieldError[],
): void {
  const label = labels.find((one) => check(one).length > 0);
  if (label === undefined) return;
  for (const text of check(label)) {
    errors.push(fieldInvalid(at, whole, `validating label ${goQuote(label)}: ${text}`));
  }
}

/** Which endpoint writes: only `approval` decides, only `status` brings the certificate. */
export type SigningEndpoint = 'main' | 'approval' | 'status';

export function validateSigningUpdate(
  csr: Readonly<KubeObject>,
  old: Readonly<KubeObject>,
  endpoint: SigningEndpoint,
): FieldError[] {
  const errors: FieldError[] = [];
  const conditions = conditionsOf(csr);
  validateConditions(conditions, errors);
  const certificate = field(csr, 'status', 'certificate');
  const before = field(old, 'status', 'certificate');
  if (certificate !== before) validateCertificate(certificate, errors);
  for (const type of DECISIONS) {
    if (count(csr, type) < count(old, type)) {
      errors.push(fieldForbidden(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    }
  }
  for (const type of endpoint === 'approval' ? [] : APPROVALS) {
    if (count(csr, type) > count(old, type)) {
      errors.push(fieldForbidden(CONDITIONS, `updates may not add a condition of type ${JSON.stringify(type)}`));
    }
  }
  if (before && certificate !== before) {
    errors.push(fieldForbidden(CERTIFICATE, 'updates may not modify existing certificate content'));
  }
  errors.push(...bothDecisions(conditions));
  return errors;
}

const count = (csr: Readonly<KubeObject>, type: string): number =>
  conditionsOf(csr).filter((condition) => condition.type === type).length;

function validateConditions(conditions: readonly SigningCondition[], errors: FieldError[]): void {
  for (const [i, { type = '', status = '' }] of conditions.entries()) {
    const at = CONDITIONS.index(i);
    if (type === '') errors.push(fieldRequired(at.child('type')));
    const allowed = DECISIONS.includes(type) ? ['True'] : ['True', 'False', 'Unknown'];
    if (status === '') errors.push(fieldRequired(at.child('status')));
    else if (!allowed.includes(status)) errors.push(fieldNotSupported(at.child('status'), status, allowed));
    if (conditions.findIndex((other) => other.type === type) < i) errors.push(fieldDuplicate(at.child('type'), type));
  }
}

/** Approval and denial exclude each other; upstream words it as a rule of its type. */
function bothDecisions(conditions: readonly SigningCondition[]): FieldError[] {
  if (!APPROVALS.every((type) => conditions.some((condition) => condition.type === type))) return [];
  const names = APPROVALS.map((type) => `conditions[{"type": "${type}"}]`);
  const text = `must specify at most one of: ${names.map((name) => `\`${name}\``).join(', ')}`;
  return [fieldInvalid(CONDITIONS, `{${names.join(', ')}}`, text)];
}

function validateCertificate(certificate: JsonValue | undefined, errors: FieldError[]): void {
  if (typeof certificate !== 'string' || certificate === '') return;
  const fault = certificateFault(Buffer.from(certificate, 'base64').toString('latin1'));
  if (fault !== undefined) errors.push(fieldInvalid(CERTIFICATE, '<certificate data>', fault));
}

function certificateFault(pem: string): string | undefined {
  const blocks = pemBlocks(pem);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const { type, der, hasHeaders } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(der);
    } catch (error) {
      return error instanceof Error ? error.message : 'malformed certificate';
    }
  }
  return undefined;
}
