import { badRequest } from '../../apimachinery/errors/status-error.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { TokenCheck } from '../authorization/security-ports.js';
import type { RestContext } from '../rest/context.js';
import { viewOfValue } from '../rest/object-view.js';
import type { RestStorage, WriteOptions } from '../rest/storage.js';

interface TokenReviewSpec extends JsonObject {
  token?: string;
  audiences?: string[];
}

/** What a review says of a token that nobody knows. */
const UNKNOWN_TOKEN = 'invalid bearer token';

/** Tells whose a bearer token is. @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/ */
export class TokenReviewStorage implements RestStorage {
  constructor(
    private readonly tokens: TokenCheck,
    private readonly apiAudiences: readonly string[],
  ) {}

  /** @throws StatusError BadRequest without a token */
  async create(_ctx: RestContext, _name: string, review: KubeObject, options: WriteOptions) {
    const { token = '', audiences } = (review['spec'] ?? {}) as TokenReviewSpec;
    if (token === '') throw badRequest('token is required for TokenReview in authentication');
    await options.validate?.(review, undefined);
    const wanted = audiences?.length ? audiences : this.apiAudiences;
    return viewOfValue({ ...review, status: await this.statusOf(token, wanted) });
  }

  private async statusOf(token: string, audiences: readonly string[]): Promise<JsonObject> {
    try {
      const found = await this.tokens.authenticateToken(token, audiences);
      if (found === undefined) return { user: {}, error: UNKNOWN_TOKEN };
      const common = found.audiences ?? [];
      return {
        authenticated: true,
        user: userJson(found.user),
        ...(common.length > 0 && { audiences: [...common] }),
      };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'TokenError') throw error;
      return { user: {}, error: error.message };
    }
  }
}

/** Tells callers who they are. */
export class SelfSubjectReviewStorage implements RestStorage {
  /** @param now clock, ms since the epoch */
  constructor(private readonly now: () => number) {}

  async create(ctx: RestContext, _name: string, review: KubeObject, options: WriteOptions) {
    await options.validate?.(review, undefined);
    return viewOfValue({
      metadata: { creationTimestamp: formatTime(Math.floor(this.now() / 1000)) },
      status: { userInfo: userJson(ctx.user) },
    });
  }
}

function userJson({ name, uid, groups, extra }: UserInfo): JsonObject {
  const keys = Object.keys(extra).sort();
  return {
    ...(name !== '' && { username: name }),
    ...(uid !== '' && { uid }),
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(keys.length > 0 && { extra: Object.fromEntries(keys.map((key) => [key, [...extra[key]!]])) }),
  };
}
