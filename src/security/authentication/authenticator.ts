import type { UserInfo } from '../../apimachinery/meta/user-info.js';

/** What an authenticator may look at. No body. */
export interface AuthenticationRequest {
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, as sent: what was sent several times stands several times. */
  readonly rawHeaders: readonly string[];
  readonly path: string;
  /** The connection, for client certificates; verified certificates only, read once a connection. */
  readonly peer: PeerConnection;
}

export interface PeerConnection {
  /** Identity for caching: the same for all requests of one TLS connection. */
  readonly connection: object;
  /** DER of the client's certificate when it chains to the client CA and is within its dates, else undefined. */
  certificate(): PeerCertificate | undefined;
  /** The same for the front proxy's authority (`--requestheader-client-ca-file`). */
  frontProxyCertificate(): PeerCertificate | undefined;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly uid: string;
  /** Which configured authority it chains to: the clients' or the front proxy's. */
  readonly fingerprint: string;
  readonly raw: Buffer;
}

export interface AuthenticationResult {
  readonly user: UserInfo;
  readonly audiences?: readonly string[];
}

/** One way of proving identity. Undefined: "not mine"; throws unauthorized() when the credential is mine and bad. */
export abstract class Authenticator {
  abstract authenticate(
    request: AuthenticationRequest,
  ): Promise<AuthenticationResult | undefined> | AuthenticationResult | undefined;
}

/** Checks a bearer token wherever it came from (requests, TokenReview). Undefined: unknown token. */
export abstract class TokenAuthenticator {
  abstract authenticateToken(
    token: string,
    audiences: readonly string[] | undefined,
  ): Promise<AuthenticationResult | undefined> | AuthenticationResult | undefined;
}
