import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { commonAudiences } from '../authentication/audiences.js';
import { type AuthenticationResult, TokenAuthenticator } from '../authentication/authenticator.js';
import { TokenError } from '../authentication/token-error.js';
import { ExpiringCache } from './expiring-cache.js';
import type { RemoteCluster } from './remote-cluster.js';

/** Tokens whose review is remembered. */
const TOKENS_MAX = 4096;

interface Review {
  readonly user: UserInfo | undefined;
  readonly audiences: readonly string[];
  readonly error: string;
}

export interface TokenReviewOptions {
  /** Audiences that a review without any stands for. */
  readonly apiAudiences: readonly string[];
  /** --authentication-token-webhook-cache-ttl */
  readonly cacheTtlMs: number;
}

/**
 * --authentication-kubeconfig: another server says whose a token is.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
export class TokenReviewAuthenticator extends TokenAuthenticator {
  private readonly cache: ExpiringCache<Review>;

  constructor(
    private readonly cluster: RemoteCluster,
    private readonly options: TokenReviewOptions,
    now: () => number,
  ) {
    super();
    this.cache = new ExpiringCache(TOKENS_MAX, () => options.cacheTtlMs, now);
  }

  /** @throws TokenError for a token that is refused with a reason, and where nobody can tell */
  override async authenticateToken(
    token: string,
    audiences: readonly string[] | undefined,
  ): Promise<AuthenticationResult | undefined> {
    const key = hash('sha256', `${token}\0${audiences?.join('\0') ?? ''}`, 'base64');
    const { user, audiences: found, error } = await this.cache.get(key, () => this.review(token, audiences));
    if (user === undefined) {
      if (error !== '') throw new TokenError(error);
      return undefined;
    }
    if (audiences === undefined) return { user };
    const common = commonAudiences(found.length > 0 ? found : this.options.apiAudiences, audiences);
    return common.length === 0 ? undefined : { user, audiences: common };
  }

  private async review(token: string, audiences: readonly string[] | undefined): Promise<Review> {
    const review = await this.cluster
      .review('/apis/authentication.k8s.io/v1/tokenreviews', {
        kind: 'TokenReview',
        apiVersion: 'authentication.k8s.io/v1',
        spec: { token, ...(audiences && { audiences: [...audiences] }) },
      })
      .catch((error: Error) => {
        throw new TokenError(`the token could not be reviewed: ${error.message}`);
      });
    return readReview(isJsonObject(review['status']) ? review['status'] : {});
  }
}

function readReview({ authenticated, user, audiences, error }: JsonObject): Review {
  return {
    user: authenticated === true && isJsonObject(user) ? userOf(user) : undefined,
    audiences: texts(audiences),
    error: typeof error === 'string' ? error : '',
  };
}

function userOf({ username, uid, groups, extra }: JsonObject): UserInfo {
  return {
    name: typeof username === 'string' ? username : '',
    uid: typeof uid === 'string' ? uid : '',
    groups: texts(groups),
    extra: isJsonObject(extra)
      ? Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, texts(value)]))
      : {},
  };
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
