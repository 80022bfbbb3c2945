import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import { type Attributes, Authorizer } from '../../authorization/authorizer.js';
import { Impersonator } from './impersonator.js';

const ann: UserInfo = { name: 'ann', uid: '1', groups: ['dev'], extra: {} };

/** Allows what its list names as `verb resource[/sub] name`. */
class ListAuthorizer extends Authorizer {
  readonly asked: string[] = [];

  constructor(readonly allowed: string[]) {
    super();
  }

  override authorize({ verb, resource, subresource, name, namespace }: Attributes) {
    const what = subresource === '' ? resource : `${resource}/${subresource}`;
    const question = [verb, what, namespace, name].filter((part) => part !== '').join(' ');
    this.asked.push(question);
    return { decision: this.allowed.includes(question) ? ('allow' as const) : ('noOpinion' as const), reason: '' };
  }

  override rulesFor() {
    return { resource: [], nonResource: [], incomplete: false };
  }
}

const list: Attributes = {
  user: ann,
  verb: 'list',
  resourceRequest: true,
  namespace: 'shop',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  name: '',
  path: '',
};

describe('Impersonator', () => {
  it('has nothing to do without headers', () => {
    expect(new Impersonator(new ListAuthorizer([])).impersonate({ accept: '*/*' }, list)).toBeUndefined();
  });

  it('wants a user name with any other attribute', () => {
    const impersonator = new Impersonator(new ListAuthorizer([]));
    expect(() =>
      impersonator.impersonate({ 'impersonate-group': ['a', 'b'], 'impersonate-extra-k': 'v' }, list),
    ).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string{"k":[]string{"v"}}} without impersonating a user name',
    );
  });

  it('replaces every attribute where the legacy rights are there', async () => {
    const authorizer = new ListAuthorizer([
      'impersonate users bob',
      'impersonate groups staff',
      'impersonate uids 4711',
      'impersonate userextras/scopes view',
    ]);
    const headers = {
      'impersonate-user': 'bob',
      'impersonate-group': 'staff',
      'impersonate-uid': '4711',
      'impersonate-extra-scopes': 'view',
    };
    expect(await new Impersonator(authorizer).impersonate(headers, list)).toEqual({
      name: 'bob',
      uid: '4711',
      groups: ['staff', 'system:authenticated'],
      extra: { scopes: ['view'] },
    });
  });

  it('refuses as the first mode that applies would', async () => {
    const impersonator = new Impersonator(new ListAuthorizer([]));
    const refusals = ['bob', 'system:serviceaccount:shop:bot', 'system:node:n1'].map(
      (name) => expect(impersonator.impersonate({ 'impersonate-user': name }, list)).rejects,
    );
    await refusals[0]!.toThrow(
      'cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"',
    );
    await refusals[1]!.toThrow('cannot impersonate-on:serviceaccount:list resource "pods"');
    await refusals[2]!.toThrow('cannot impersonate-on:arbitrary-node:list resource "pods"');
  });

  it('tries the mode that worked last first and refuses in its words', async () => {
    const authorizer = new ListAuthorizer(['impersonate serviceaccounts shop bot']);
    const impersonator = new Impersonator(authorizer);
    const bot = await impersonator.impersonate({ 'impersonate-user': 'system:serviceaccount:shop:bot' }, list);
    expect(bot?.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated']);
    await expect(
      impersonator.impersonate({ 'impersonate-user': 'system:serviceaccount:bank:bot' }, list),
    ).rejects.toThrow(
      'User "ann" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "bank"',
    );
  });

  it('allows a constrained impersonation for the verb it is granted for only', async () => {
    const authorizer = new ListAuthorizer([
      'impersonate-on:user-info:list pods shop',
      'impersonate:user-info users bob',
    ]);
    const impersonator = new Impersonator(authorizer);
    expect((await impersonator.impersonate({ 'impersonate-user': 'bob' }, list))?.name).toBe('bob');
    await expect(impersonator.impersonate({ 'impersonate-user': 'bob' }, { ...list, verb: 'delete' })).rejects.toThrow(
      'impersonate-on:user-info:delete',
    );
  });

  it('gives the same user object for the same wish of the same requester', async () => {
    const impersonator = new Impersonator(new ListAuthorizer(['impersonate users bob']));
    const headers = { 'impersonate-user': 'bob' };
    expect(await impersonator.impersonate(headers, list)).toBe(await impersonator.impersonate(headers, list));
  });

  it('makes the anonymous user unauthenticated', async () => {
    const impersonator = new Impersonator(new ListAuthorizer(['impersonate users system:anonymous']));
    const user = await impersonator.impersonate({ 'impersonate-user': 'system:anonymous' }, list);
    expect(user?.groups).toEqual(['system:unauthenticated']);
  });
});
