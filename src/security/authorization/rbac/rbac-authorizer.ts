import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import { goQuote } from '../../../apimachinery/validation/field-error.js';
import type { PolicyRule, RoleRef } from '../../../apis/rbac/types.js';
import {
  type Attributes,
  type AuthorizationResult,
  Authorizer,
  type NonResourceRule,
  type ResourceRule,
} from '../authorizer.js';
import type { AppliedBinding, RbacPolicyIndex } from './rbac-policy-index.js';

/** Answers remembered for one user before they are forgotten together. */
const DECISIONS_PER_USER_MAX = 4096;

/** Stands for "ask again with the object's name": some rule of this user lists names for this resource. */
const BY_NAME = Symbol('by name');

interface Remembered {
  revision: number;
  readonly decisions: Map<string, AuthorizationResult | typeof BY_NAME>;
}

/**
 * Allows what a Role or ClusterRole bound to the user allows and has no opinion on the rest. Answers are remembered for each
 * UserInfo object (authenticators give the same one for the same credential) until the policy changes.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class RbacAuthorizer extends Authorizer {
  private readonly remembered = new WeakMap<UserInfo, Remembered>();

  constructor(private readonly policy: RbacPolicyIndex) {
    super();
  }

  override authorize(attributes: Attributes): AuthorizationResult {
    const decisions = this.decisionsOf(attributes.user);
    const key = questionKey(attributes);
    const known = decisions.get(key);
    if (known !== undefined && known !== BY_NAME) return known;
    const nameKey = `${key}\0${attributes.name}`;
    if (known === BY_NAME) {
      const named = decisions.get(nameKey);
      if (named !== undefined && named !== BY_NAME) return named;
    }
    const { result, named } = this.evaluate(attributes);
    if (decisions.size >= DECISIONS_PER_USER_MAX) decisions.clear();
    if (named) decisions.set(key, BY_NAME).set(nameKey, result);
    else decisions.set(key, result);
    return result;
  }

  override rulesFor(user: UserInfo, namespace: string) {
    const { rules, errors } = this.policyRulesFor(user, namespace);
    const resource: ResourceRule[] = [];
    const nonResource: NonResourceRule[] = [];
    for (const { verbs, apiGroups = [], resources, resourceNames, nonResourceURLs } of rules) {
      if (resources?.length) {
        resource.push({ verbs, apiGroups, resources, ...(resourceNames?.length && { resourceNames }) });
      }
      if (nonResourceURLs?.length) nonResource.push({ verbs, nonResourceURLs });
    }
    return {
      resource,
      nonResource,
      incomplete: false,
      ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
    };
  }

  /** Every rule that holds for a user in a namespace, and texts of what could not be resolved. */
  policyRulesFor(user: UserInfo, namespace: string): { rules: Readonly<PolicyRule>[]; errors: string[] } {
    const rules: Readonly<PolicyRule>[] = [];
    const errors: string[] = [];
    for (const { binding } of this.applied(user, namespace)) {
      const compiled = this.policy.rulesOf(binding.roleRef, binding.namespace);
      if (compiled === undefined) errors.push(missingRole(binding.roleRef));
      else for (const rule of compiled) rules.push(rule.source);
    }
    return { rules, errors };
  }

  private evaluate(attributes: Attributes): { result: AuthorizationResult; named: boolean } {
    let named = false;
    const errors: string[] = [];
    for (const applied of this.applied(attributes.user, attributes.namespace)) {
      const { binding } = applied;
      const rules = this.policy.rulesOf(binding.roleRef, binding.namespace);
      if (rules === undefined) {
        errors.push(missingRole(binding.roleRef));
        continue;
      }
      for (const rule of rules) {
        const answer = rule.match(attributes);
        if (answer.named) named = true;
        if (answer.match === 'allows') {
          return { result: { decision: 'allow', reason: `RBAC: allowed by ${describe(applied)}` }, named };
        }
      }
    }
    const reason = errors.length > 0 ? `RBAC: ${aggregate(errors)}` : '';
    return { result: { decision: 'noOpinion', reason }, named };
  }

  private applied(user: UserInfo, namespace: string): readonly AppliedBinding[] {
    const everywhere = this.policy.bindingsFor(user, '');
    if (namespace === '') return everywhere;
    const here = this.policy.bindingsFor(user, namespace);
    return here.length === 0 ? everywhere : everywhere.concat(here);
  }

  private decisionsOf(user: UserInfo): Remembered['decisions'] {
    let remembered = this.remembered.get(user);
    const { revision } = this.policy;
    if (remembered === undefined) {
      remembered = { revision, decisions: new Map() };
      this.remembered.set(user, remembered);
    } else if (remembered.revision !== revision) {
      remembered.revision = revision;
      remembered.decisions.clear();
    }
    return remembered.decisions;
  }
}

function questionKey({ resourceRequest, verb, group, resource, subresource, namespace, path }: Attributes): string {
  return resourceRequest ? `${verb}\0${group}\0${resource}\0${subresource}\0${namespace}` : `${verb}\0${path}`;
}

function describe({ binding, subject }: AppliedBinding): string {
  const { name, namespace, roleRef } = binding;
  const what =
    namespace === '' ? `ClusterRoleBinding ${goQuote(name)}` : `RoleBinding ${goQuote(`${name}/${namespace}`)}`;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return `${what} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${subject.kind} ${goQuote(who)}`;
}

function missingRole({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found`;
}

/** One text as it is, several as a bracketed list without repeats. */
function aggregate(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : `[${[...new Set(errors)].join(', ')}]`;
}
