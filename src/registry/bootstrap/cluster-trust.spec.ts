import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { clusterTrustConfigMap, reconcileClusterTrust, type TrustSettings } from './cluster-trust.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

async function authority(name: string, notAfter: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const dates = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date(notAfter) };
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=${name}`, keys, signingAlgorithm: algorithm, ...dates },
    webcrypto,
  );
  return `${made.toString('pem')}\n`;
}

const settings = (clientCa: string, more: Partial<TrustSettings> = {}): TrustSettings => ({
  clientCa,
  requestheaderClientCa: clientCa,
  requestheaderAllowedNames: ['front-proxy-client'],
  requestheaderUsernameHeaders: ['X-Remote-User'],
  requestheaderUidHeaders: ['X-Remote-Uid'],
  requestheaderGroupHeaders: ['X-Remote-Group'],
  requestheaderExtraHeadersPrefix: ['X-Remote-Extra-'],
  ...more,
});

const dataOf = (object: KubeObject | 'recreate' | undefined) =>
  (object as KubeObject)['data'] as Readonly<Record<string, string>>;

describe('the published trust of a server', () => {
  it('tells what servers behind it need', async () => {
    const ca = await authority('ca', '2030-01-01T00:00:00Z');
    const { metadata, ...rest } = clusterTrustConfigMap(settings(ca));
    expect(metadata).toEqual({ name: 'extension-apiserver-authentication', namespace: 'kube-system' });
    expect(dataOf({ metadata, ...rest })).toEqual({
      'client-ca-file': ca,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-client-ca-file': ca,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    });
    expect(Object.keys(dataOf(clusterTrustConfigMap(settings('', { clientCa: ca }))))).toEqual(['client-ca-file']);
  });

  it('keeps authorities until they expire, adds names, and leaves what is right alone', async () => {
    const [old, gone, own] = await Promise.all([
      authority('old', '2029-01-01T00:00:00Z'),
      authority('gone', '2025-01-01T00:00:00Z'),
      authority('own', '2030-01-01T00:00:00Z'),
    ]);
    const reconcile = reconcileClusterTrust(NOW);
    const existing = clusterTrustConfigMap(settings(gone + old, { requestheaderAllowedNames: ['aggregator'] }));
    const wanted = clusterTrustConfigMap(settings(own));
    const next = reconcile(existing, wanted) as KubeObject;
    expect(dataOf(next)['client-ca-file']).toBe(old + own);
    expect(dataOf(next)['requestheader-allowed-names']).toBe('["aggregator","front-proxy-client"]');
    expect(reconcile(next, wanted)).toBeUndefined();
  });

  it('takes no harm from what somebody else wrote there', async () => {
    const own = await authority('own', '2030-01-01T00:00:00Z');
    const wanted = clusterTrustConfigMap(settings(own));
    const data = { 'client-ca-file': 'no certificate', 'requestheader-allowed-names': '{', mine: 'kept' };
    const next = reconcileClusterTrust(NOW)({ metadata: {}, data }, wanted);
    expect(dataOf(next)).toEqual({ ...dataOf(wanted), mine: 'kept' });
  });
});
