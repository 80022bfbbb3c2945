import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate, PeerConnection } from '../security/authentication/authenticator.js';
import { type CertificateAuthority, verifyChain } from './certificate-chain.js';
import type { RawRequest } from './raw.js';

/** Object identifier of the user's UID in a certificate's subject (KEP-6045). */
const UID_OID = '1.3.6.1.4.1.57683.2';

export interface PeerAuthorities {
  readonly clients: CertificateAuthority;
  readonly frontProxy: CertificateAuthority;
}

/**
 * Who is at the other end of a connection. A certificate is read and its chain verified once a connection; each later request
 * costs a map lookup.
 */
export class PeerConnections {
  private readonly known = new WeakMap<object, Peer>();

  constructor(private authorities: PeerAuthorities) {}

  /** For connections from now on. */
  renew(authorities: PeerAuthorities): void {
    this.authorities = authorities;
  }

  of(raw: RawRequest): PeerConnection {
    // A connection that has gone meanwhile shows no certificate.
    const connection = (raw.socket ?? raw) as TLSSocket;
    let peer = this.known.get(connection);
    if (peer === undefined) {
      peer = new Peer(connection, this.authorities);
      this.known.set(connection, peer);
    }
    return peer;
  }
}

class Peer implements PeerConnection {
  readonly connection: object;
  private readonly chain: readonly X509Certificate[];
  private readonly described: PeerCertificate | undefined;

  constructor(
    socket: TLSSocket,
    private readonly authorities: PeerAuthorities,
  ) {
    this.connection = socket;
    this.chain = chainOf(socket);
    this.described = this.chain[0] === undefined ? undefined : describe(this.chain[0]);
  }

  certificate(): PeerCertificate | undefined {
    return this.verifiedBy(this.authorities.clients);
  }

  frontProxyCertificate(): PeerCertificate | undefined {
    return this.verifiedBy(this.authorities.frontProxy);
  }

  private verifiedBy(authority: CertificateAuthority): PeerCertificate | undefined {
    if (this.described === undefined) return undefined;
    return verifyChain(this.chain, authority) ? this.described : undefined;
  }
}

/** The certificate the client sent and the intermediates it sent with it. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  if (typeof socket.getPeerCertificate !== 'function') return [];
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  let next = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

function describe(certificate: X509Certificate): PeerCertificate {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>;
  const all = (name: string): string[] => {
    const value = subject[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  return {
    commonName: all('CN').at(-1) ?? '',
    organizations: all('O'),
    uid: all(UID_OID)[0] ?? '',
    fingerprint: certificate.fingerprint256,
    raw: certificate.raw,
  };
}
