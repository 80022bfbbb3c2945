import { type KeyObject, X509Certificate } from 'node:crypto';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength } from '../../apimachinery/validation/names.js';
import { pemBlocks } from '../../apis/certificates/pkcs10.js';
import type {
  CertificatesV1PodCertificateRequest,
  CertificatesV1PodCertificateRequestStatus,
} from '../../apis/types.gen.js';
import { validateConditions } from '../generic/condition-checks.js';

type Request = CertificatesV1PodCertificateRequest;
type Status = CertificatesV1PodCertificateRequestStatus;

const STATUS = FieldPath.root('status');
const CHAIN = STATUS.child('certificateChain');
const CONDITIONS = STATUS.child('conditions');
const OUTCOMES = ['Issued', 'Denied', 'Failed'];
const CHAIN_BYTES_MAX = 65536;
const MINUTE_MS = 60_000;
const LIFE_MS_MIN = 60 * MINUTE_MS;
const CLOCK_SKEW_MS_MAX = 5 * MINUTE_MS;
const REFRESH_MARGIN_MS = 10 * MINUTE_MS;

/** A fault whose message does not show the value. */
export const valueOmitted = (at: FieldPath, text: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: at.toString(),
  message: `Invalid value: ${text}`,
});

const outcomeOf = (status: Status | undefined): string | undefined =>
  (status?.conditions ?? []).find(({ type, status: is }) => OUTCOMES.includes(type) && is === 'True')?.type;

/**
 * What a signer writes back: one outcome, once. A certificate has to be for the key of the stub and to tell its own times.
 * @param key the stub's
 * @param now ms since the epoch
 */
export function validateRequestStatus(
  request: Readonly<Request>,
  old: Readonly<Request>,
  key: KeyObject | undefined,
  now: number,
  errors: Errors,
): void {
  const status = request.status ?? {};
  const before = errors.length;
  validateOutcomes(status, errors);
  validateConditions(status.conditions ?? [], CONDITIONS, errors);
  if (errors.length > before) return;
  if (outcomeOf(old.status) !== undefined) {
    if (!jsonEqual(status, old.status ?? {})) {
      errors.push(valueOmitted(STATUS, 'immutable after PodCertificateRequest is issued, denied, or failed'));
    }
    return;
  }
  const outcome = outcomeOf(status);
  const { conditions: _, ...rest } = status;
  if (outcome === 'Issued') validateIssued(status, request.spec?.maxExpirationSeconds ?? 0, key, now, errors);
  else if (outcome === undefined) {
    if (jsonEqual(status, old.status ?? {})) return;
    const text = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';
    errors.push(valueOmitted(STATUS, text));
  } else if (Object.values(rest).some((value) => value !== undefined && value !== null && value !== '')) {
    const text = 'non-condition status fields must be empty when denying or failing the PodCertificateRequest';
    errors.push(valueOmitted(STATUS, text));
  }
}

function validateOutcomes({ conditions = [] }: Status, errors: Errors): void {
  let known = 0;
  for (const [i, { type, status }] of conditions.entries()) {
    const at = CONDITIONS.child(`[${i}]`);
    if (!OUTCOMES.includes(type)) {
      errors.push(fieldNotSupportedAsListed(at.child('type'), type, OUTCOMES));
      continue;
    }
    if (++known > 1) {
      const text = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';
      errors.push(fieldInvalid(at.child('type'), type, text));
    }
    if (status !== 'True') errors.push(fieldNotSupportedAsListed(at.child('status'), status, ['True']));
  }
}

function validateIssued(
  status: Status,
  maxSeconds: number,
  key: KeyObject | undefined,
  now: number,
  errors: Errors,
): void {
  const chain = status.certificateChain ?? '';
  if (byteLength(chain) > CHAIN_BYTES_MAX) {
    errors.push(fieldTooLong(CHAIN, CHAIN_BYTES_MAX));
    return;
  }
  const [first, ...others] = pemBlocks(chain);
  const leaf = leafOf(first);
  if (typeof leaf === 'string') {
    errors.push(fieldInvalid(CHAIN, chain, leaf));
    return;
  }
  const before = errors.length;
  validateNames(leaf.subjectAltName ?? '', errors);
  if (key === undefined || !leaf.publicKey.equals(key)) {
    errors.push(fieldInvalid(CHAIN, chain, 'leaf certificate was not issued to the requested public key'));
    return;
  }
  validateTimesGiven(status, errors);
  if (errors.length > before) return;
  const fault = timeFault(status, leaf, maxSeconds, now);
  if (fault !== undefined) errors.push(fault);
  else {
    const text = others.map(intermediateFault).find((found) => found !== undefined);
    if (text !== undefined) errors.push(fieldInvalid(CHAIN, chain, text));
  }
}

function validateTimesGiven(status: Status, errors: Errors): void {
  const agreeing = 'must be present and consistent with the issued certificate';
  if (!status.notBefore) errors.push(fieldRequired(STATUS.child('notBefore'), agreeing));
  if (!status.notAfter) errors.push(fieldRequired(STATUS.child('notAfter'), agreeing));
  if (!status.beginRefreshAt) {
    const text = 'must be present and in the range [notbefore+10min, notafter-10min]';
    errors.push(fieldRequired(STATUS.child('beginRefreshAt'), text));
  }
}

type Block = ReturnType<typeof pemBlocks>[number];

/** The first certificate of the chain, or what is wrong with it. */
function leafOf(first: Block | undefined): X509Certificate | string {
  if (first === undefined) return 'issued certificate chain must contain at least one certificate';
  if (first.type !== 'CERTIFICATE') return 'issued certificate chain must consist entirely of CERTIFICATE PEM blocks';
  return certificateOf(first.der) ?? 'leaf certificate does not parse as valid X.509';
}

/** Upstream spells the type of the block this way. */
function intermediateFault({ type, der }: Block): string | undefined {
  if (type !== 'CERTIFICATE') return 'issued certificate chain must consist entirely of CERTFICATE PEM blocks';
  return certificateOf(der) ? undefined : 'intermediate certificate does not parse as valid X.509';
}

/** `Name <a@b>` or the address alone; of the local part and the domain what RFC 5322 calls dot-atoms, quoted or literal. */
const MAIL =
  /^(?:[^<>@,]*<)?(?:[^\s()<>[\]:;@\\,."]+(?:\.[^\s()<>[\]:;@\\,."]+)*|"[^"]*")@(?:[^\s()<>[\]:;@\\,."]+(?:\.[^\s()<>[\]:;@\\,."]+)*|\[[^\]]*\])>?$/;

/** @param names as node shows them: `DNS:a, email:b@c` */
export function validateNames(names: string, errors: Errors): void {
  const of = (kind: string): string[] =>
    names.split(', ').flatMap((entry) => (entry.startsWith(kind) ? [entry.slice(kind.length)] : []));
  for (const name of of('DNS:')) {
    const refuse = (text: string) => errors.push(fieldInvalid(CHAIN, name, text));
    if (name === '') refuse('leaf certificate should not contain empty DNSName');
    if (name.includes('..')) refuse("leaf certificate's DNSName should not contain '..'");
    if (/^\.|\.$/.test(name)) refuse("leaf certificate's DNSName should not start or end with '.'");
  }
  for (const mail of of('email:')) {
    if (!MAIL.test(mail))
      errors.push(fieldInvalid(CHAIN, mail, 'leaf certificate should not contain invalid EmailAddress'));
  }
}

function certificateOf(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** The first of the rules for times that is broken. */
function timeFault(status: Status, leaf: X509Certificate, maxSeconds: number, now: number): FieldError | undefined {
  const { notBefore = '', notAfter = '', beginRefreshAt = '' } = status;
  const starts = Date.parse(leaf.validFrom);
  const ends = Date.parse(leaf.validTo);
  const refresh = Date.parse(beginRefreshAt);
  const refuse = (name: string, value: string, text: string) => fieldInvalid(STATUS.child(name), value, text);
  if (Date.parse(notBefore) !== starts) {
    return refuse('notBefore', notBefore, 'must be set to the NotBefore time encoded in the leaf certificate');
  }
  if (Math.abs(starts - now) > CLOCK_SKEW_MS_MAX) {
    return refuse('notBefore', notBefore, "must be set to within 5 minutes of kube-apiserver's current time");
  }
  if (Date.parse(notAfter) !== ends) {
    return refuse('notAfter', notAfter, 'must be set to the NotAfter time encoded in the leaf certificate');
  }
  const life = ends - starts;
  if (life < LIFE_MS_MIN) return fieldInvalid(CHAIN, life * 1e6, 'leaf certificate lifetime must be >= 1 hour');
  if (life > maxSeconds * 1000) {
    const text = `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${maxSeconds})`;
    return fieldInvalid(CHAIN, life * 1e6, text);
  }
  if (refresh < starts + REFRESH_MARGIN_MS) {
    return refuse('beginRefreshAt', beginRefreshAt, 'must be at least 10 minutes after status.notBefore');
  }
  return refresh > ends - REFRESH_MARGIN_MS
    ? refuse('beginRefreshAt', beginRefreshAt, 'must be at least 10 minutes before status.notAfter')
    : undefined;
}
