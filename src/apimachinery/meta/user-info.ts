/** Who makes a request, as an authenticator found out. */
export interface UserInfo {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const SYSTEM_MASTERS = 'system:masters';
export const ALL_AUTHENTICATED = 'system:authenticated';
export const ALL_UNAUTHENTICATED = 'system:unauthenticated';
export const ANONYMOUS = 'system:anonymous';

/** The identity of the server's own loops (reconcilers, bootstrap): may do anything, never comes from outside. */
export const LOOPBACK_USER: UserInfo = {
  name: 'system:apiserver',
  uid: '',
  groups: [SYSTEM_MASTERS, ALL_AUTHENTICATED],
  extra: {},
};
