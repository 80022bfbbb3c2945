import { SYSTEM_MASTERS, type UserInfo } from '../../../apimachinery/meta/user-info.js';
import { missingRights } from '../../../apis/rbac/rule-cover.js';
import { type PolicyRule, RBAC_GROUP, type RoleRef } from '../../../apis/rbac/types.js';
import type { Authorizer } from '../authorizer.js';
import type { RbacAuthorizer } from './rbac-authorizer.js';
import type { RbacPolicyIndex } from './rbac-policy-index.js';

/**
 * Whether somebody may write a role or binding: nobody hands out rights they do not hold, unless they hold `escalate` on the role
 * or `bind` on what is bound. What the registry's stores of roles and bindings ask before they write.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export class RbacEscalationCheck {
  constructor(
    private readonly policy: RbacPolicyIndex,
    private readonly rbac: RbacAuthorizer,
    private readonly authorizer: Authorizer,
  ) {}

  /** Superusers write any role and binding. */
  isExempt(user: UserInfo): boolean {
    return user.groups.includes(SYSTEM_MASTERS);
  }

  /** @param name '' on create, as the request has it */
  async mayEscalate(
    user: UserInfo,
    resource: 'roles' | 'clusterroles',
    namespace: string,
    name: string,
  ): Promise<boolean> {
    return this.allows(user, 'escalate', resource, namespace, name);
  }

  async mayBind(user: UserInfo, roleRef: RoleRef, namespace: string): Promise<boolean> {
    if (roleRef.kind !== 'Role' && roleRef.kind !== 'ClusterRole') return false;
    const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
    return this.allows(user, 'bind', resource, namespace, roleRef.name);
  }

  /** Rules behind a reference; undefined where there is no such role. */
  rulesOf(roleRef: RoleRef, namespace: string): readonly Readonly<PolicyRule>[] | undefined {
    return this.policy.rulesOf(roleRef, namespace)?.map(({ source }) => source);
  }

  /** Why the rules go beyond what the user holds in the namespace; undefined where they do not. */
  refusal(user: UserInfo, namespace: string, rules: readonly Readonly<PolicyRule>[]): string | undefined {
    const held = this.rbac.policyRulesFor(user, namespace);
    const missing = missingRights(held.rules, rules);
    if (missing.length === 0) return undefined;
    const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
    const text = `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}`;
    const errors = held.errors.length === 1 ? held.errors[0] : `[${held.errors.join(', ')}]`;
    return held.errors.length === 0 ? text : `${text}; resolution errors: [${errors}]`;
  }

  private async allows(user: UserInfo, verb: string, resource: string, namespace: string, name: string) {
    const { decision } = await this.authorizer.authorize({
      user,
      verb,
      resourceRequest: true,
      namespace,
      group: RBAC_GROUP,
      version: '*',
      resource,
      subresource: '',
      name,
      path: '',
    });
    return decision === 'allow';
  }
}
