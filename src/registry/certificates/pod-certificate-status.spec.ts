import { expect, it } from 'vitest';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { pemBlocks } from '../../apis/certificates/pkcs10.js';
import type { CertificatesV1PodCertificateRequest } from '../../apis/types.gen.js';
import { validateNames, validateRequestStatus } from './pod-certificate-status.js';

const of = (status: object) => ({ metadata: { name: 'a' }, status }) as unknown as CertificatesV1PodCertificateRequest;

function faults(status: object, old: object): string[] {
  const errors: FieldError[] = [];
  validateRequestStatus(of(status), of(old), undefined, 0, errors);
  return errors.map((e) => `${e.field}: ${e.message}`);
}

const denied = {
  conditions: [
    { type: 'Denied', status: 'True', reason: 'No', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

it('a pending request keeps its status until it has an outcome', () => {
  expect(faults({ notBefore: '2026-01-01T00:00:00Z' }, {})).toEqual([
    'status: Invalid value: status is immutable unless transitioning to "Issued", "Denied", or "Failed"',
  ]);
  expect(faults({}, {})).toEqual([]);
  expect(faults(denied, {})).toEqual([]);
  expect(faults({ ...denied, notAfter: '2026-01-01T00:00:00Z' }, {})).toHaveLength(1);
  expect(faults({}, denied)[0]).toContain('immutable after PodCertificateRequest is issued, denied, or failed');
});

it('tells headers of PEM blocks from their content', () => {
  const block = (headers: string) => `-----BEGIN CERTIFICATE-----\n${headers}AAAA\n-----END CERTIFICATE-----\n`;
  expect(pemBlocks(block('')).map(({ hasHeaders }) => hasHeaders)).toEqual([false]);
  expect(pemBlocks(block('A: b\n\n')).map(({ hasHeaders }) => hasHeaders)).toEqual([true]);
});

it('judges the names of a certificate, those of hosts first', () => {
  const errors: FieldError[] = [];
  validateNames(
    'email:a b, DNS:.a, email:a@b.c, email:Ann <a.b+c@d>, IP Address:1.2.3.4, email:a..b@c, email:@c',
    errors,
  );
  expect(errors.map(({ message }) => message)).toEqual([
    `Invalid value: ".a": leaf certificate's DNSName should not start or end with '.'`,
    'Invalid value: "a b": leaf certificate should not contain invalid EmailAddress',
    'Invalid value: "a..b@c": leaf certificate should not contain invalid EmailAddress',
    'Invalid value: "@c": leaf certificate should not contain invalid EmailAddress',
  ]);
});
