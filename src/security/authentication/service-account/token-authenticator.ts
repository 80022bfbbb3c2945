import { hash } from 'node:crypto';
import { compactVerify } from 'jose';
import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import { commonAudiences } from '../audiences.js';
import { type AuthenticationResult, TokenAuthenticator } from '../authenticator.js';
import { LruMap } from '../lru-map.js';
import { TokenError } from '../token-error.js';
import type { BoundKind, BoundObject, BoundObjectLookup } from './bound-objects.js';
import type { VerificationKey } from './signing-keys.js';
import { readClaims, type TokenClaims, unverifiedIssuer } from './token-claims.js';
import { serviceAccountUser } from './user.js';

/** Tokens whose signature has been checked and need not be checked again. */
const VERIFIED_TOKENS_MAX = 10_000;

/** How far clocks may differ, and for how long an object under deletion still lends its tokens life. */
const LEEWAY_SECONDS = 60;

const INVALIDATED = 'service account token has been invalidated';

export interface ServiceAccountTokenOptions {
  /** First the one that new tokens carry; tokens of the others are still good. */
  readonly issuers: readonly string[];
  readonly keys: readonly VerificationKey[];
  readonly apiAudiences: readonly string[];
  /** --service-account-lookup: whether the objects behind a token must still be there. */
  readonly lookup: boolean;
}

interface VerifiedToken {
  readonly claims: TokenClaims;
  readonly user: UserInfo;
}

/**
 * Service account tokens: JWTs of this server's issuers. A signature is checked once; after that a token costs a hash, a comparison of
 * times and the look-ups of its account and of what it is bound to, so it dies at once with them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
export class ServiceAccountTokenAuthenticator extends TokenAuthenticator {
  private readonly verified = new LruMap<string, VerifiedToken>(VERIFIED_TOKENS_MAX);

  /** @param now clock, ms since the epoch */
  constructor(
    private readonly options: ServiceAccountTokenOptions,
    private readonly objects: BoundObjectLookup,
    private readonly now: () => number,
  ) {
    super();
  }

  /** @throws TokenError for a token of this issuer that is not good */
  override authenticateToken(
    token: string,
    audiences: readonly string[] | undefined,
  ): Promise<AuthenticationResult | undefined> | AuthenticationResult | undefined {
    const key = hash('sha256', token, 'base64');
    const known = this.verified.get(key);
    if (known !== undefined) return this.admit(known, audiences);
    const issuer = unverifiedIssuer(token);
    if (issuer === undefined || !this.options.issuers.includes(issuer)) return undefined;
    return this.verify(token).then((verified) => {
      this.verified.set(key, verified);
      return this.admit(verified, audiences);
    });
  }

  private async verify(token: string): Promise<VerifiedToken> {
    let failure: unknown;
    for (const { publicKey, algorithm } of this.options.keys) {
      try {
        const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
        const claims = readClaims(Buffer.from(payload).toString('utf8'));
        return { claims, user: serviceAccountUser({ ...claims, ...claims.account }) };
      } catch (error) {
        if (error instanceof TokenError) throw error;
        failure = error;
      }
    }
    throw new TokenError(failure instanceof Error ? failure.message : 'no key verifies the token');
  }

  private admit({ claims, user }: VerifiedToken, audiences: readonly string[] | undefined): AuthenticationResult {
    const { apiAudiences } = this.options;
    const own = claims.audiences.length === 0 ? apiAudiences : claims.audiences;
    const wanted = audiences ?? apiAudiences;
    const common = commonAudiences(own, wanted);
    if (common.length === 0 && apiAudiences.length > 0) {
      throw new TokenError(`token audiences ${quoted(own)} is invalid for the target audiences ${quoted(wanted)}`);
    }
    this.checkTimes(claims);
    if (this.options.lookup) this.checkObjects(claims);
    return { user, audiences: common };
  }

  private checkTimes({ expiresAt, notBefore, issuedAt }: TokenClaims): void {
    const now = this.now() / 1000;
    if (notBefore !== undefined && now + LEEWAY_SECONDS < notBefore) {
      throw new TokenError('service account token is not valid yet');
    }
    if (expiresAt !== undefined && now - LEEWAY_SECONDS > expiresAt) {
      throw new TokenError('service account token has expired');
    }
    if (issuedAt !== undefined && now + LEEWAY_SECONDS < issuedAt) {
      throw new TokenError('service account token is issued in the future');
    }
  }

  private checkObjects({ namespace, account, pod, secret, node }: TokenClaims): void {
    const found = this.objects.find('ServiceAccount', namespace, account.name);
    if (found === undefined) throw new TokenError(`serviceaccounts ${JSON.stringify(account.name)} not found`);
    if (found.uid !== account.uid) {
      throw new TokenError(`service account UID (${found.uid}) does not match claim (${account.uid})`);
    }
    this.checkDeletion(found);
    if (secret !== undefined) this.checkReference('Secret', namespace, secret);
    // A pod's token names its node for information only.
    if (pod !== undefined) this.checkReference('Pod', namespace, pod);
    else if (node !== undefined) this.checkReference('Node', '', node);
  }

  private checkReference(kind: BoundKind, namespace: string, ref: { name: string; uid: string }): void {
    const found = this.objects.find(kind, namespace, ref.name);
    if (found === undefined) throw new TokenError(INVALIDATED);
    if (found.uid !== ref.uid) {
      const what = kind.toLowerCase();
      throw new TokenError(`${what} UID (${found.uid}) does not match service account ${what} ref claim (${ref.uid})`);
    }
    this.checkDeletion(found);
  }

  private checkDeletion({ deletionTimestamp }: BoundObject): void {
    if (deletionTimestamp === undefined) return;
    if (Date.parse(deletionTimestamp) < this.now() - LEEWAY_SECONDS * 1000) throw new TokenError(INVALIDATED);
  }
}

function quoted(audiences: readonly string[]): string {
  return `[${audiences.map((audience) => JSON.stringify(audience)).join(' ')}]`;
}
