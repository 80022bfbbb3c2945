import { AccessReviewStorage, RulesReviewStorage } from '../authorization/access-reviews.js';
import type { RegistrySecurity } from '../authorization/security-ports.js';
import type { RestStorage } from '../rest/storage.js';
import { SelfSubjectReviewStorage, TokenReviewStorage } from './identity-reviews.js';

/**
 * The resources that are answered and never stored, by `group/resource`.
 * @param now clock, ms since the epoch
 */
export function reviewStorages(security: RegistrySecurity, now: () => number): ReadonlyMap<string, RestStorage> {
  const { access, tokens, apiAudiences } = security;
  return new Map<string, RestStorage>([
    ['authorization.k8s.io/selfsubjectaccessreviews', new AccessReviewStorage('SelfSubjectAccessReview', access)],
    ['authorization.k8s.io/subjectaccessreviews', new AccessReviewStorage('SubjectAccessReview', access)],
    ['authorization.k8s.io/localsubjectaccessreviews', new AccessReviewStorage('LocalSubjectAccessReview', access)],
    ['authorization.k8s.io/selfsubjectrulesreviews', new RulesReviewStorage(access)],
    ['authentication.k8s.io/tokenreviews', new TokenReviewStorage(tokens, apiAudiences)],
    ['authentication.k8s.io/selfsubjectreviews', new SelfSubjectReviewStorage(now)],
  ]);
}
