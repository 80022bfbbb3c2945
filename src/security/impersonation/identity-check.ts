import { SYSTEM_MASTERS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import type { Attributes } from '../authorization/authorizer.js';
import { forbiddenError } from '../authorization/forbidden.js';
import { nodeOf, serviceAccountOf } from './modes.js';

export const IDENTITY_GROUP = 'authentication.k8s.io';
export const CORE_GROUP = '';

/** From so many values on, the right to all of them is asked for first. */
const MANY = 4;

export interface IdentityCheck {
  readonly requester: UserInfo;
  readonly verb: string;
  /** API group of users, service accounts and groups in the question; uids and extras are always authentication.k8s.io. */
  readonly group: string;
  readonly constrained: boolean;
  readonly anyNode: boolean;
}

type Require = (attributes: Attributes) => Promise<void>;

/**
 * Asks for each part of the wanted identity whether the requester may take it.
 * @returns the groups of the impersonated user: those asked for, or those that go with a node or service account
 * @throws StatusError 403 for the first part that is refused
 */
export async function authorizeIdentity(
  check: IdentityCheck,
  wanted: UserInfo,
  require: Require,
): Promise<readonly string[]> {
  const groups = await authorizeName(check, wanted, require);
  if (wanted.uid !== '') await require(question(check, IDENTITY_GROUP, 'uids', wanted.uid));
  if (wanted.groups.length > 0) await authorizeGroups(check, wanted.groups, require);
  if (Object.keys(wanted.extra).length > 0) await authorizeExtra(check, wanted.extra, require);
  return groups;
}

async function authorizeName(check: IdentityCheck, wanted: UserInfo, require: Require): Promise<readonly string[]> {
  const node = check.constrained ? nodeOf(wanted.name) : undefined;
  if (node !== undefined) {
    await require(question(check, check.group, 'nodes', check.anyNode ? '*' : node));
    return ['system:nodes'];
  }
  const account = serviceAccountOf(wanted.name);
  if (account === undefined) {
    await require(question(check, check.group, 'users', wanted.name));
    return wanted.groups;
  }
  const { namespace, name } = account;
  await require({ ...question(check, check.group, 'serviceaccounts', name), namespace });
  if (wanted.groups.length > 0) return wanted.groups;
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

async function authorizeGroups(check: IdentityCheck, groups: readonly string[], require: Require): Promise<void> {
  const ask = (name: string): Attributes => question(check, check.group, 'groups', name);
  if (check.constrained) {
    if (groups.includes('')) throw forbiddenError(ask(''), 'impersonating the empty string group is not allowed');
    if (groups.includes(SYSTEM_MASTERS)) {
      throw forbiddenError(ask(SYSTEM_MASTERS), 'impersonating the system:masters group is not allowed');
    }
    if (groups.length >= MANY && (await isAllowed(require, ask('*')))) return;
  }
  for (const group of groups) await require(ask(group));
}

async function authorizeExtra(check: IdentityCheck, extra: UserInfo['extra'], require: Require): Promise<void> {
  const ask = (subresource: string, name: string): Attributes => ({
    ...question(check, IDENTITY_GROUP, 'userextras', name),
    subresource,
  });
  const keys = Object.keys(extra).sort();
  if (check.constrained) {
    const fault = faultOfExtra(extra);
    if (fault !== undefined) throw forbiddenError(ask('', ''), fault);
    const values = keys.reduce((count, key) => count + extra[key]!.length, 0);
    if (values >= MANY && (await isAllowed(require, ask('*', '*')))) return;
  }
  for (const key of keys) for (const value of extra[key]!) await require(ask(key, value));
}

function faultOfExtra(extra: UserInfo['extra']): string | undefined {
  for (const key of Object.keys(extra)) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    if (!/^[^/]+\/.+$/.test(key)) {
      return `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key)}: must be a domain-prefixed path (such as "acme.io/foo")`;
    }
    if (extra[key]!.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

async function isAllowed(require: Require, attributes: Attributes): Promise<boolean> {
  return require(attributes).then(
    () => true,
    () => false,
  );
}

function question(check: IdentityCheck, group: string, resource: string, name: string): Attributes {
  return {
    user: check.requester,
    verb: check.verb,
    resourceRequest: true,
    namespace: '',
    group,
    version: 'v1',
    resource,
    subresource: '',
    name,
    path: '',
  };
}
