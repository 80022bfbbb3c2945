import { Injectable } from '@nestjs/common';
import { StatusError } from '../../apimachinery/errors/status-error.js';
import { ALL_UNAUTHENTICATED, ANONYMOUS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import { LruMap } from '../authentication/lru-map.js';
import { type Attributes, Authorizer } from '../authorization/authorizer.js';
import { forbiddenError } from '../authorization/forbidden.js';
import { authorizeIdentity, CORE_GROUP, IDENTITY_GROUP } from './identity-check.js';
import { IMPERSONATION_MODES, type ImpersonationMode } from './modes.js';

/** Requesters whose last successful mode is remembered. */
const REMEMBERED_REQUESTERS_MAX = 10_000;

/** Impersonated users kept a requester: what is remembered about a user (decisions) is found again by the same object. */
const IMPERSONATED_USERS_MAX = 256;

/**
 * Lets a user act as another: by one of the constrained modes, which limit what may be done as whom, or by the older
 * all-or-nothing right to `impersonate`. The refusal of the first mode that applied is what the client is told.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation
 */
@Injectable()
export class Impersonator {
  private readonly lastModes = new LruMap<string, ImpersonationMode>(REMEMBERED_REQUESTERS_MAX);
  private readonly users = new WeakMap<UserInfo, LruMap<string, UserInfo>>();

  constructor(private readonly authorizer: Authorizer) {}

  /**
   * The user that the request is continued as.
   * @param attributes of the request, with the requester as user
   * @throws StatusError 403
   */
  async impersonate(wanted: UserInfo, attributes: Attributes): Promise<UserInfo> {
    const requester = attributes.user.name;
    const last = this.lastModes.get(requester);
    const modes = last === undefined ? IMPERSONATION_MODES : [last, ...IMPERSONATION_MODES.filter((m) => m !== last)];
    let refusal: StatusError | undefined;
    for (const mode of modes) {
      if (!mode.applies(wanted, attributes.user)) continue;
      try {
        const user = await this.tryMode(mode, wanted, attributes);
        if (mode !== last) this.lastModes.set(requester, mode);
        return this.sameUser(attributes.user, user);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusal ??= error;
      }
    }
    throw refusal ?? forbiddenError(attributes, 'all impersonation modes failed');
  }

  private async tryMode(mode: ImpersonationMode, wanted: UserInfo, attributes: Attributes): Promise<UserInfo> {
    const user = mode.requester?.(attributes.user) ?? attributes.user;
    if (mode.name !== '')
      await this.require({ ...attributes, user, verb: `impersonate-on:${mode.name}:${attributes.verb}` });
    const groups = await authorizeIdentity(
      {
        requester: user,
        verb: mode.name === '' ? 'impersonate' : `impersonate:${mode.name}`,
        group: mode.name === '' ? CORE_GROUP : IDENTITY_GROUP,
        constrained: mode.name !== '',
        anyNode: mode.anyNode === true,
      },
      wanted,
      (question) => this.require(question),
    );
    return { ...wanted, groups: withAudience(wanted.name, groups) };
  }

  private async require(attributes: Attributes): Promise<void> {
    const { decision, reason, error } = await this.authorizer.authorize(attributes);
    if (decision === 'allow') return;
    const texts = [error ?? '', reason].filter((text) => text !== '');
    throw forbiddenError(attributes, texts.join(': '));
  }

  private sameUser(requester: UserInfo, user: UserInfo): UserInfo {
    let users = this.users.get(requester);
    if (users === undefined) {
      users = new LruMap(IMPERSONATED_USERS_MAX);
      this.users.set(requester, users);
    }
    const key = JSON.stringify(user);
    const known = users.get(key);
    if (known === undefined) users.set(key, user);
    return known ?? user;
  }
}

/** The group that every user is in, as if they had authenticated themselves. */
function withAudience(name: string, groups: readonly string[]): readonly string[] {
  const audience = name === ANONYMOUS ? ALL_UNAUTHENTICATED : 'system:authenticated';
  if (groups.includes(audience) || groups.includes(ALL_UNAUTHENTICATED)) return groups;
  return [...groups, audience];
}
