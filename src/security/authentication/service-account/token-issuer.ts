import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { VerificationKey } from './signing-keys.js';

/** What a token is asked for. @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export interface TokenSpec {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid?: string };
}

export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs service account tokens with the server's key. */
export class ServiceAccountTokenIssuer {
  /**
   * @param issuer the `iss` of every token
   * @param now clock, ms since the epoch
   * @param newId makes token ids (UUIDs)
   */
  constructor(
    private readonly issuer: string,
    private readonly key: { readonly privateKey: KeyObject; readonly verification: VerificationKey },
    private readonly now: () => number,
    private readonly newId: () => string,
  ) {}

  async issue(spec: TokenSpec): Promise<IssuedToken> {
    const issuedAt = Math.floor(this.now() / 1000);
    const expiresAt = issuedAt + spec.expirationSeconds;
    const tokenId = this.newId();
    const { namespace, serviceAccount, pod, secret, node } = spec;
    const claims = {
      aud: [...spec.audiences],
      exp: expiresAt,
      iat: issuedAt,
      iss: this.issuer,
      jti: tokenId,
      'kubernetes.io': {
        namespace,
        ...(node && { node }),
        ...(pod && { pod }),
        ...(secret && { secret }),
        serviceaccount: serviceAccount,
      },
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    };
    const { algorithm, keyId } = this.key.verification;
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: keyId })
      .sign(this.key.privateKey);
    return { token, tokenId, expiresAt };
  }
}
