import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { PolicyRule, RoleRef } from '../../apis/rbac/types.js';

/** A question to the server's authorizer. The layer below security declares what it asks; security's Authorizer fits. */
export interface AccessQuestion {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resourceRequest: boolean;
  readonly namespace: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AccessAnswer {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  readonly reason: string;
  readonly error?: string;
}

export interface AccessRules {
  readonly resource: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResource: readonly { readonly verbs: readonly string[]; readonly nonResourceURLs: readonly string[] }[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

export interface AccessCheck {
  authorize(question: AccessQuestion): AccessAnswer | Promise<AccessAnswer>;
  rulesFor(user: UserInfo, namespace: string): AccessRules;
}

/** Checks bearer tokens. Undefined: unknown; throws an Error whose message tells why a known one is bad. */
export interface TokenCheck {
  authenticateToken(
    token: string,
    audiences: readonly string[] | undefined,
  ):
    | { readonly user: UserInfo; readonly audiences?: readonly string[] }
    | undefined
    | Promise<{ readonly user: UserInfo; readonly audiences?: readonly string[] } | undefined>;
}

/** What a service account token is made from. */
export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid?: string };
}

/** Signs service account tokens. */
export interface TokenIssuer {
  /** `expiresAt`: seconds since the epoch. */
  issue(order: TokenOrder): Promise<{ readonly token: string; readonly expiresAt: number }>;
}

/** Keeps roles and bindings from granting what their writer does not hold. */
export interface EscalationCheck {
  /** Superusers and the server itself. */
  isExempt(user: UserInfo): boolean;
  mayEscalate(user: UserInfo, resource: 'roles' | 'clusterroles', namespace: string, name: string): Promise<boolean>;
  mayBind(user: UserInfo, roleRef: RoleRef, namespace: string): Promise<boolean>;
  /** Undefined where there is no such role. */
  rulesOf(roleRef: RoleRef, namespace: string): readonly Readonly<PolicyRule>[] | undefined;
  /** Why the rules go beyond what the user holds; undefined where they do not. */
  refusal(user: UserInfo, namespace: string, rules: readonly Readonly<PolicyRule>[]): string | undefined;
}

/** What the registry needs of security: given to it, never imported. */
export interface RegistrySecurity {
  readonly access: AccessCheck;
  readonly tokens: TokenCheck;
  readonly escalation: EscalationCheck;
  /** Undefined where the server has no signing key. */
  readonly issuer: TokenIssuer | undefined;
  readonly apiAudiences: readonly string[];
  /** 0: no limit. */
  readonly tokenExpirationSecondsMax: number;
}
