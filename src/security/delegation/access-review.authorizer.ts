import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { type Attributes, type AuthorizationResult, Authorizer } from '../authorization/authorizer.js';
import { ExpiringCache } from './expiring-cache.js';
import type { RemoteCluster } from './remote-cluster.js';

/** Decisions that are remembered. */
const DECISIONS_MAX = 8192;
/** Longer questions are asked anew each time, so that none fills the memory. */
const CACHED_CHARS_MAX = 10_000;

export interface AccessReviewOptions {
  /** --authorization-webhook-cache-authorized-ttl */
  readonly allowedTtlMs: number;
  /** --authorization-webhook-cache-unauthorized-ttl */
  readonly refusedTtlMs: number;
}

/**
 * --authorization-kubeconfig: another server says what a user may do. Where it cannot be asked, nothing is allowed.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/webhook/
 */
export class AccessReviewAuthorizer extends Authorizer {
  private readonly cache: ExpiringCache<AuthorizationResult>;

  constructor(
    private readonly cluster: RemoteCluster,
    { allowedTtlMs, refusedTtlMs }: AccessReviewOptions,
    now: () => number,
  ) {
    super();
    const ttl = ({ decision }: AuthorizationResult): number => (decision === 'allow' ? allowedTtlMs : refusedTtlMs);
    this.cache = new ExpiringCache(DECISIONS_MAX, ttl, now);
  }

  override authorize(attributes: Attributes): AuthorizationResult | Promise<AuthorizationResult> {
    const spec = specOf(attributes);
    const key = JSON.stringify(spec);
    const answer = key.length > CACHED_CHARS_MAX ? this.ask(spec) : this.cache.get(key, () => this.ask(spec));
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: Error) => ({ decision: 'noOpinion', reason: '', error: error.message }));
  }

  override rulesFor() {
    const evaluationError = 'webhook authorizer does not support user rule resolution';
    return { resource: [], nonResource: [], incomplete: true, evaluationError };
  }

  private async ask(spec: JsonObject): Promise<AuthorizationResult> {
    const review = await this.cluster.review('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec,
    });
    const status = isJsonObject(review['status']) ? review['status'] : {};
    const reason = typeof status['reason'] === 'string' ? status['reason'] : '';
    if (status['denied'] === true) return { decision: 'deny', reason };
    return { decision: status['allowed'] === true ? 'allow' : 'noOpinion', reason };
  }
}

/** Selectors are left out: they could only be used to allow more. */
function specOf({ user, ...asked }: Attributes): JsonObject {
  const { verb, group, version, resource, subresource, namespace, name, path } = asked;
  const extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
  return {
    user: user.name,
    uid: user.uid,
    groups: [...user.groups],
    extra,
    ...(asked.resourceRequest
      ? { resourceAttributes: { verb, group, version, resource, subresource, namespace, name } }
      : { nonResourceAttributes: { path, verb } }),
  };
}
