import type { UserInfo } from '../../apimachinery/meta/user-info.js';

/** What is asked: a verb on a resource, or on a path outside the resource tree. @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resourceRequest: boolean;
  /** '' where the request is not about a resource. */
  readonly namespace: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path of a non-resource request. */
  readonly path: string;
  /** As sent; authorizers that understand selectors may use them to allow, never to widen. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export type Decision = 'allow' | 'deny' | 'noOpinion';

export interface AuthorizationResult {
  readonly decision: Decision;
  readonly reason: string;
  /** An authorizer could not tell; reported in reviews, never widens. */
  readonly error?: string;
}

/** A rule as SelfSubjectRulesReview lists it. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** Deny by default: what no authorizer allows is refused. Answers are synchronous where the data is in memory. */
export abstract class Authorizer {
  abstract authorize(attributes: Attributes): AuthorizationResult | Promise<AuthorizationResult>;

  abstract rulesFor(
    user: UserInfo,
    namespace: string,
  ): {
    resource: readonly ResourceRule[];
    nonResource: readonly NonResourceRule[];
    incomplete: boolean;
    evaluationError?: string;
  };
}
