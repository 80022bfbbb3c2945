import { createHash, X509Certificate } from 'node:crypto';
import { unauthorized } from '../../apimachinery/errors/status-error.js';
import {
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
  type PeerCertificate,
} from './authenticator.js';
import { CREDENTIAL_ID_EXTRA } from './service-account/user.js';

/** A certificate's answer, remembered with the connection; times in ms since the epoch. */
interface Checked {
  readonly result: AuthenticationResult | undefined;
  readonly notAfter: number;
}

/**
 * --client-ca-file: the certificate's common name is the user, its organizations are the groups. Checked once a connection, but never
 * good beyond its own end.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
export class ClientCertificateAuthenticator extends Authenticator {
  private readonly checked = new WeakMap<object, Checked>();

  /** @param now clock, ms since the epoch */
  constructor(private readonly now: () => number) {
    super();
  }

  override authenticate({ peer }: AuthenticationRequest): AuthenticationResult | undefined {
    let checked = this.checked.get(peer.connection);
    if (checked === undefined) {
      const certificate = peer.certificate();
      if (certificate === undefined) return undefined;
      checked = this.check(certificate);
      this.checked.set(peer.connection, checked);
    }
    if (checked.result !== undefined && this.now() > checked.notAfter) throw unauthorized();
    return checked.result;
  }

  private check(certificate: PeerCertificate): Checked {
    if (certificate.commonName === '') return { result: undefined, notAfter: 0 };
    const { commonName, organizations, uid, raw } = certificate;
    const digest = createHash('sha256').update(raw).digest('hex');
    return {
      result: {
        user: {
          name: commonName,
          uid,
          groups: organizations,
          extra: { [CREDENTIAL_ID_EXTRA]: [`X509SHA256=${digest}`] },
        },
      },
      notAfter: Date.parse(new X509Certificate(raw).validTo),
    };
  }
}
