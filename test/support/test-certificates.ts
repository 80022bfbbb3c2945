import { CertificateIssuer, type KeyPair } from '../../src/config/pki/certificate-issuer.js';

const HOUR_MS = 3_600_000;

export interface TestCertificates {
  readonly authority: KeyPair;
  /** Of 127.0.0.1 and the names given. */
  readonly server: KeyPair;
  /** Of a client of the name `apiserver`. */
  readonly client: KeyPair;
}

/** An authority and what it vouches for, for servers that a test runs outside the one under test. */
export async function makeCertificates(dnsNames: readonly string[] = []): Promise<TestCertificates> {
  const issuer = new CertificateIssuer();
  const authority = await issuer.issue({ subject: 'CN=test-ca', usage: 'authority', lifetimeMs: HOUR_MS });
  const [server, client] = await Promise.all([
    issuer.issue(
      { subject: 'CN=server', usage: 'server', dnsNames, ipAddresses: ['127.0.0.1'], lifetimeMs: HOUR_MS },
      authority,
    ),
    issuer.issue({ subject: 'CN=apiserver', usage: 'client', lifetimeMs: HOUR_MS }, authority),
  ]);
  return { authority, server, client };
}
