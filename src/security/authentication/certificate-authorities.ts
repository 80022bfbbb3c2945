import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from './authenticator.js';

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The authorities of one CA bundle: tells whether a peer's certificate is one of theirs. */
export class CertificateAuthorities {
  private readonly authorities: readonly X509Certificate[];
  private readonly fingerprints: ReadonlySet<string>;

  /** @throws Error where the text holds no certificate, or a broken one */
  constructor(pem: string) {
    this.authorities = (pem.match(CERTIFICATE_BLOCK) ?? []).map((block) => new X509Certificate(block));
    if (this.authorities.length === 0) throw new Error('no PEM-encoded certificate');
    this.fingerprints = new Set(this.authorities.map(({ fingerprint256 }) => fingerprint256));
  }

  /** True where the connection's chain ends in one of these authorities, or one of them signed the certificate itself. */
  vouchFor({ fingerprint, raw }: PeerCertificate): boolean {
    if (this.fingerprints.has(fingerprint)) return true;
    const certificate = new X509Certificate(raw);
    return this.authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  }
}
