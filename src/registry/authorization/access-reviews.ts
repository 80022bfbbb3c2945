import { badRequest, invalid } from '../../apimachinery/errors/status-error.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { RestContext } from '../rest/context.js';
import { viewOfValue } from '../rest/object-view.js';
import type { RestStorage, WriteOptions } from '../rest/storage.js';
import { type AccessReviewSpec, validateAccessReview } from './access-review-validation.js';
import { reviewSelectors } from './review-selectors.js';
import type { AccessCheck, AccessQuestion } from './security-ports.js';

const GROUP = 'authorization.k8s.io';

type AccessReviewKind = 'SelfSubjectAccessReview' | 'SubjectAccessReview' | 'LocalSubjectAccessReview';

/**
 * Answers whether a user may do something; nothing is stored.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export class AccessReviewStorage implements RestStorage {
  constructor(
    private readonly kind: AccessReviewKind,
    private readonly access: AccessCheck,
  ) {}

  /** @throws StatusError Invalid, BadRequest where the namespaces of path and body differ */
  async create(ctx: RestContext, _name: string, review: KubeObject, options: WriteOptions) {
    const spec = (review['spec'] ?? {}) as AccessReviewSpec;
    const errors = validateAccessReview(review, spec, this.kind);
    // The kind is left out of these messages upstream.
    if (errors.length > 0) throw invalid({ group: GROUP, kind: '' }, '', errors);
    if (this.kind === 'LocalSubjectAccessReview') requireNamespace(ctx, review);
    await options.validate?.(review, undefined);
    const user = this.kind === 'SelfSubjectAccessReview' ? ctx.user : subjectOf(spec);
    return viewOfValue({ ...review, status: await this.answer(spec, user) });
  }

  private async answer(spec: AccessReviewSpec, user: UserInfo): Promise<JsonObject> {
    const { question, faults } = questionOf(spec, user);
    const { decision, reason, error } = await this.access.authorize(question);
    const evaluationError = [error ?? '', ...faults].filter((text) => text !== '').join('; ');
    return {
      allowed: decision === 'allow',
      ...(decision === 'deny' && { denied: true }),
      ...(reason !== '' && { reason }),
      ...(evaluationError !== '' && { evaluationError }),
    };
  }
}

/** Lists what the caller may do in a namespace. */
export class RulesReviewStorage implements RestStorage {
  constructor(private readonly access: AccessCheck) {}

  /** @throws StatusError BadRequest without a namespace */
  async create(ctx: RestContext, _name: string, review: KubeObject, options: WriteOptions) {
    const namespace = (review['spec'] as { namespace?: string } | undefined)?.namespace ?? '';
    if (namespace === '') throw badRequest('no namespace on request');
    await options.validate?.(review, undefined);
    const { resource, nonResource, incomplete, evaluationError } = this.access.rulesFor(ctx.user, namespace);
    return viewOfValue({
      metadata: {},
      spec: {},
      status: {
        resourceRules: resource.map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs: [...verbs],
          apiGroups: [...apiGroups],
          resources: [...resources],
          ...(resourceNames && { resourceNames: [...resourceNames] }),
        })),
        nonResourceRules: nonResource.map(({ verbs, nonResourceURLs }) => ({
          verbs: [...verbs],
          nonResourceURLs: [...nonResourceURLs],
        })),
        incomplete,
        ...(evaluationError !== undefined && { evaluationError }),
      },
    });
  }
}

function requireNamespace(ctx: RestContext, review: Readonly<KubeObject>): void {
  const { namespace } = ctx;
  if (namespace === '') throw badRequest('namespace is required on this type: ');
  if (namespace !== review.metadata.namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  }
}

function subjectOf({ user = '', uid = '', groups, extra }: AccessReviewSpec): UserInfo {
  return { name: user, uid, groups: groups ?? [], extra: extra ?? {} };
}

function questionOf(spec: AccessReviewSpec, user: UserInfo): { question: AccessQuestion; faults: readonly string[] } {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!resourceAttributes) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {};
    return { question: { ...NO_RESOURCE, user, verb, resourceRequest: false, path }, faults: [] };
  }
  const { verb = '', namespace = '', group = '', version = '' } = resourceAttributes;
  const { resource = '', subresource = '', name = '' } = resourceAttributes;
  const { faults, ...selectors } = reviewSelectors(resourceAttributes);
  const about = { verb, namespace, group, version, resource, subresource, name, path: '' };
  return { question: { user, resourceRequest: true, ...about, ...selectors }, faults };
}

const NO_RESOURCE = { namespace: '', group: '', version: '', resource: '', subresource: '', name: '' };
