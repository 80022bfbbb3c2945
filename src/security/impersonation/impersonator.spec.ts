import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { type Attributes, Authorizer } from '../authorization/authorizer.js';
import { wantedUserOf } from './impersonation-headers.js';
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

const act = (impersonator: Impersonator, headers: string[], attributes = list) =>
  impersonator.impersonate(wantedUserOf(headers)!, attributes);

describe('wantedUserOf', () => {
  it('says nothing without headers', () => {
    expect(wantedUserOf(['Accept', '*/*'])).toBeUndefined();
  });

  it('wants a user name with any other attribute', () => {
    expect(() =>
      wantedUserOf(['Impersonate-Group', 'a', 'impersonate-group', 'b', 'Impersonate-Extra-K', 'v']),
    ).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string{"k":[]string{"v"}}} without impersonating a user name',
    );
  });

  it('reads percent-encoded extra keys in lower case', () => {
    expect(wantedUserOf(['Impersonate-User', 'bob', 'Impersonate-Extra-Example.com%2FTeam', 'red'])?.extra).toEqual({
      'example.com/team': ['red'],
    });
  });
});

describe('Impersonator', () => {
  it('replaces every attribute where the legacy rights are there', async () => {
    const authorizer = new ListAuthorizer([
      'impersonate users bob',
      'impersonate groups staff',
      'impersonate uids 4711',
      'impersonate userextras/scopes view',
    ]);
    const headers = ['Impersonate-User', 'bob', 'Impersonate-Group', 'staff', 'Impersonate-Uid', '4711'];
    headers.push('Impersonate-Extra-Scopes', 'view');
    expect(await act(new Impersonator(authorizer), headers)).toEqual({
      name: 'bob',
      uid: '4711',
      groups: ['staff', 'system:authenticated'],
      extra: { scopes: ['view'] },
    });
  });

  it('refuses as the first mode that applies would', async () => {
    const impersonator = new Impersonator(new ListAuthorizer([]));
    const refusals = ['bob', 'system:serviceaccount:shop:bot', 'system:node:n1'].map(
      (name) => expect(act(impersonator, ['Impersonate-User', name])).rejects,
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
    const bot = await act(impersonator, ['Impersonate-User', 'system:serviceaccount:shop:bot']);
    expect(bot?.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated']);
    await expect(act(impersonator, ['Impersonate-User', 'system:serviceaccount:bank:bot'])).rejects.toThrow(
      'User "ann" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "bank"',
    );
  });

  it('allows a constrained impersonation for the verb it is granted for only', async () => {
    const authorizer = new ListAuthorizer([
      'impersonate-on:user-info:list pods shop',
      'impersonate:user-info users bob',
    ]);
    const impersonator = new Impersonator(authorizer);
    expect((await act(impersonator, ['Impersonate-User', 'bob']))?.name).toBe('bob');
    await expect(act(impersonator, ['Impersonate-User', 'bob'], { ...list, verb: 'delete' })).rejects.toThrow(
      'impersonate-on:user-info:delete',
    );
  });

  it('gives the same user object for the same wish of the same requester', async () => {
    const impersonator = new Impersonator(new ListAuthorizer(['impersonate users bob']));
    const headers = ['Impersonate-User', 'bob'];
    expect(await act(impersonator, headers)).toBe(await act(impersonator, headers));
  });

  it('makes the anonymous user unauthenticated', async () => {
    const impersonator = new Impersonator(new ListAuthorizer(['impersonate users system:anonymous']));
    const user = await act(impersonator, ['Impersonate-User', 'system:anonymous']);
    expect(user?.groups).toEqual(['system:unauthenticated']);
  });
});
