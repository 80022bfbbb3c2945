import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import type { AuthenticationResult } from './authenticator.js';

/**
 * Adds system:authenticated to whoever proved an identity. The same result gives the same answer object, so what is remembered
 * about a UserInfo (authorization decisions) is found again with the next request.
 */
export class AuthenticatedGroup {
  private readonly extended = new WeakMap<UserInfo, UserInfo>();

  add(result: AuthenticationResult): AuthenticationResult {
    const user = this.addTo(result.user);
    return user === result.user ? result : { ...result, user };
  }

  private addTo(user: UserInfo): UserInfo {
    const { name, groups } = user;
    if (name === ANONYMOUS || groups.includes(ALL_AUTHENTICATED) || groups.includes(ALL_UNAUTHENTICATED)) return user;
    let extended = this.extended.get(user);
    if (extended === undefined) {
      extended = { ...user, groups: [...groups, ALL_AUTHENTICATED] };
      this.extended.set(user, extended);
    }
    return extended;
  }
}
