import type { UserInfo } from '../../../apimachinery/meta/user-info.js';

const USER_PREFIX = 'system:serviceaccount:';

export const POD_NAME_EXTRA = 'authentication.kubernetes.io/pod-name';
export const POD_UID_EXTRA = 'authentication.kubernetes.io/pod-uid';
export const NODE_NAME_EXTRA = 'authentication.kubernetes.io/node-name';
export const NODE_UID_EXTRA = 'authentication.kubernetes.io/node-uid';
export const CREDENTIAL_ID_EXTRA = 'authentication.kubernetes.io/credential-id';

/** @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `${USER_PREFIX}${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** What a token of a service account says about its bearer. */
export interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tokenId: string;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid: string };
}

export function serviceAccountUser({ namespace, name, uid, tokenId, pod, node }: ServiceAccountIdentity): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  if (tokenId !== '') extra[CREDENTIAL_ID_EXTRA] = [`JTI=${tokenId}`];
  if (node !== undefined) {
    extra[NODE_NAME_EXTRA] = [node.name];
    if (node.uid !== '') extra[NODE_UID_EXTRA] = [node.uid];
  }
  if (pod !== undefined) {
    extra[POD_NAME_EXTRA] = [pod.name];
    extra[POD_UID_EXTRA] = [pod.uid];
  }
  return { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace), extra };
}
