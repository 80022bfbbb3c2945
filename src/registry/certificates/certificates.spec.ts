import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { readCertificateRequest } from '../../apis/certificates/pkcs10.js';
import { internalContext } from '../rest/context.js';
import { SigningRequestStrategy, SigningStatusStrategy } from './signing-request.strategy.js';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const user = { name: 'ann', uid: '7', groups: ['dev'], extra: {} };
const ctx = internalContext(user, '');

async function request(name: string): Promise<string> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: EC });
  return made.toString('pem');
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
let pem: string;
beforeAll(async () => {
  pem = await request('O=dev, CN=ann');
});

const csr = (spec: object, more: object = {}): KubeObject =>
  ({
    metadata: { name: 'x' },
    spec: { signerName: 'example.com/a', usages: ['any'], ...spec },
    ...more,
  }) as unknown as KubeObject;
const faults = (object: KubeObject) =>
  new SigningRequestStrategy().validateCreate(ctx, object).map((e) => `${e.field}: ${e.message}`);

describe('readCertificateRequest', () => {
  it('reads the organizations of a request that its key has signed', () => {
    expect(readCertificateRequest(pem).organizations).toEqual(['dev']);
  });

  it('refuses a request whose content was changed after signing', () => {
    const der = Buffer.from(pem.replace(/-----.*?-----/g, ''), 'base64');
    der[der.indexOf('ann')] = 'b'.charCodeAt(0);
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    expect(() => readCertificateRequest(forged)).toThrow('verification failure');
  });

  it('refuses what is cut short or something else', () => {
    expect(() => readCertificateRequest('hello')).toThrow('PEM block type must be CERTIFICATE REQUEST');
    expect(() =>
      readCertificateRequest('-----BEGIN CERTIFICATE REQUEST-----\nMIHY\n-----END CERTIFICATE REQUEST-----'),
    ).toThrow('asn1');
  });
});

describe('SigningRequestStrategy', () => {
  it('takes a good request and says who made it, whatever the body says', () => {
    const object = csr({ request: base64(pem), username: 'root', groups: ['system:masters'], extra: { a: ['b'] } });
    new SigningRequestStrategy().prepareForCreate(ctx, object);
    expect(object['spec']).toMatchObject({ username: 'ann', uid: '7', groups: ['dev'] });
    expect(object['spec']).not.toHaveProperty('extra');
    expect(faults(object)).toEqual([]);
  });

  it('tells every fault in order', () => {
    const found = faults(csr({ usages: ['fly', 'fly'], signerName: 'Bad_/x', expirationSeconds: 5 }));
    expect(found.map((text) => text.split(': ').slice(0, 3).join(': '))).toEqual([
      'spec.request: Invalid value: null',
      'spec.usages[0]: Unsupported value: "fly"',
      'spec.usages[1]: Unsupported value: "fly"',
      'spec.usages[1]: Duplicate value: "fly"',
      'spec.signerName: Invalid value: "Bad_"',
      'spec.signerName: Invalid value: "Bad_"',
      'spec.expirationSeconds: Invalid value: 5',
    ]);
  });
});

describe('SigningStatusStrategy', () => {
  const now = () => Date.parse('2026-01-01T00:00:00Z');
  const condition = (type: string) => ({ type, status: 'True' });
  const update = (endpoint: 'approval' | 'status', status: object, old: object) => {
    const strategy = new SigningStatusStrategy(endpoint, now);
    const object = csr({}, { status });
    const before = csr({}, { status: old });
    strategy.prepareForUpdate(ctx, object, before);
    return { object, faults: strategy.validateUpdate(ctx, object, before).map((e) => `${e.field}: ${e.message}`) };
  };

  it('approves with times, once and for all', () => {
    const approved = { conditions: [condition('Approved')] };
    const time = '2026-01-01T00:00:00Z';
    expect(update('approval', structuredClone(approved), {}).object['status']).toEqual({
      conditions: [{ type: 'Approved', status: 'True', lastUpdateTime: time, lastTransitionTime: time }],
    });
    expect(update('approval', {}, approved).faults).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
    expect(update('status', structuredClone(approved), {}).faults).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
  });

  it('never both approves and denies', () => {
    const { faults } = update('approval', { conditions: [condition('Approved'), condition('Denied')] }, {});
    expect(faults).toEqual([
      'status.conditions: Invalid value: "{conditions[{\\"type\\": \\"Approved\\"}], conditions[{\\"type\\": \\"Denied\\"}]}": must specify at most one of: `conditions[{"type": "Approved"}]`, `conditions[{"type": "Denied"}]`',
    ]);
  });

  it('takes certificates only', () => {
    expect(update('status', { certificate: base64('nothing') }, {}).faults[0]).toContain(
      'must contain at least one CERTIFICATE PEM block',
    );
    expect(update('status', {}, { certificate: base64('x') }).faults).toEqual([
      'status.certificate: Forbidden: updates may not modify existing certificate content',
    ]);
  });
});
