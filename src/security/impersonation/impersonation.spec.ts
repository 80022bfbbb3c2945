import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { type Attributes, type AuthorizationResult, Authorizer } from '../authorization/authorizer.js';
import { wantedUserOf } from './impersonation-headers.js';
import { Impersonator } from './impersonator.js';

const ALICE: UserInfo = { name: 'alice', uid: '', groups: ['dev'], extra: {} };
const LIST_PODS: Attributes = {
  user: ALICE,
  verb: 'list',
  resourceRequest: true,
  namespace: 'n',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  name: '',
  path: '/api/v1/namespaces/n/pods',
};

const textOf = ({ verb, group, resource, subresource, namespace, name }: Attributes): string =>
  `${verb} ${group}/${resource}${subresource === '' ? '' : `/${subresource}`} ${namespace}/${name}`;

/** Allows what is listed, and remembers what was asked. */
class ListedAuthorizer extends Authorizer {
  readonly asked: string[] = [];

  constructor(private readonly allowed: readonly string[]) {
    super();
  }

  override authorize(attributes: Attributes): AuthorizationResult {
    const text = textOf(attributes);
    this.asked.push(text);
    return { decision: this.allowed.includes(text) ? 'allow' : 'noOpinion', reason: '' };
  }

  override rulesFor() {
    return { resource: [], nonResource: [], incomplete: false };
  }
}

function impersonator(...allowed: string[]) {
  const authorizer = new ListedAuthorizer(allowed);
  return { authorizer, impersonator: new Impersonator(authorizer) };
}

const wants = (user: Partial<UserInfo>): UserInfo => ({ name: 'bob', uid: '', groups: [], extra: {}, ...user });

describe('wantedUserOf', () => {
  it('is nobody without the headers', () => {
    expect(wantedUserOf(['Host', 'x', 'Accept', '*/*', 'If-Match', 'impersonate-user'])).toBeUndefined();
  });

  it('keeps the groups apart and decodes the keys of extras', () => {
    const headers = ['Impersonate-User', 'bob', 'Impersonate-Group', 'a', 'impersonate-group', 'b, c'];
    headers.push(
      'Impersonate-Uid',
      '7',
      'Impersonate-Extra-Example.com%2fTeam',
      'red',
      'Impersonate-Extra-__proto__',
      'x',
    );
    const wanted = wantedUserOf(headers);
    expect(wanted).toMatchObject({ name: 'bob', uid: '7', groups: ['a', 'b, c'] });
    expect(Object.entries(wanted!.extra)).toEqual([
      ['example.com/team', ['red']],
      ['__proto__', ['x']],
    ]);
  });

  it('wants a user name', () => {
    expect(() => wantedUserOf(['Impersonate-Group', 'staff'])).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"staff"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
    expect(() => wantedUserOf(['Impersonate-Extra-Scopes', 'view'])).toThrow(
      'Extra:map[string][]string{"scopes":[]string{"view"}}}',
    );
  });
});

describe('Impersonator', () => {
  it('lets who may impersonate do so, and adds the group that all users are in', async () => {
    const { impersonator: subject } = impersonator('impersonate /users /bob');
    expect(await subject.impersonate(wants({}), LIST_PODS)).toEqual(wants({ groups: ['system:authenticated'] }));
  });

  it('gives a service account its groups', async () => {
    const { impersonator: subject } = impersonator('impersonate /serviceaccounts ns/robot');
    const user = await subject.impersonate(wants({ name: 'system:serviceaccount:ns:robot' }), LIST_PODS);
    expect(user.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated']);
  });

  it('asks for each group, uid and extra', async () => {
    const all = [
      'impersonate /users /bob',
      'impersonate authentication.k8s.io/uids /7',
      'impersonate /groups /staff',
      'impersonate authentication.k8s.io/userextras/scopes /view',
    ];
    const wanted = wants({ uid: '7', groups: ['staff'], extra: { scopes: ['view'] } });
    await expect(impersonator(...all).impersonator.impersonate(wanted, LIST_PODS)).resolves.toMatchObject({ uid: '7' });
    for (const missing of all) {
      const { impersonator: subject } = impersonator(...all.filter((text) => text !== missing));
      await expect(subject.impersonate(wanted, LIST_PODS)).rejects.toMatchObject({ code: 403 });
    }
  });

  it.each([
    ['bob', 'User "alice" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"'],
    ['system:serviceaccount:n:robot', 'cannot impersonate-on:serviceaccount:list resource "pods"'],
    ['system:node:n1', 'cannot impersonate-on:arbitrary-node:list resource "pods"'],
  ])('words the refusal of %s after the mode that fits', async (name, message) => {
    await expect(impersonator().impersonator.impersonate(wants({ name }), LIST_PODS)).rejects.toThrow(message);
  });

  it('limits the constrained mode to what may be done as that user', async () => {
    const allowed = [
      'impersonate:user-info authentication.k8s.io/users /bob',
      'impersonate-on:user-info:list /pods n/',
    ];
    const { impersonator: subject } = impersonator(...allowed);
    await expect(subject.impersonate(wants({}), LIST_PODS)).resolves.toMatchObject({ name: 'bob' });
    await expect(subject.impersonate(wants({}), { ...LIST_PODS, verb: 'delete' })).rejects.toMatchObject({ code: 403 });
  });

  it('never lets the constrained mode take on superuser groups', async () => {
    const { impersonator: subject } = impersonator(
      'impersonate-on:user-info:list /pods n/',
      'impersonate:user-info authentication.k8s.io/users /bob',
      'impersonate:user-info authentication.k8s.io/groups /system:masters',
    );
    await expect(subject.impersonate(wants({ groups: ['system:masters'] }), LIST_PODS)).rejects.toThrow(
      'impersonating the system:masters group is not allowed',
    );
  });

  it('lets a pod act as its own node, whatever the node', async () => {
    const pod: UserInfo = {
      name: 'system:serviceaccount:n:agent',
      uid: '',
      groups: [],
      extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
    };
    const { impersonator: subject } = impersonator(
      'impersonate-on:associated-node:list /pods n/',
      'impersonate:associated-node authentication.k8s.io/nodes /*',
    );
    const attributes = { ...LIST_PODS, user: pod };
    const node = await subject.impersonate(wants({ name: 'system:node:n1' }), attributes);
    expect(node.groups).toEqual(['system:nodes', 'system:authenticated']);
    await expect(subject.impersonate(wants({ name: 'system:node:n2' }), attributes)).rejects.toMatchObject({
      code: 403,
    });
  });

  it('tries the mode first that worked last, and words the refusal after it', async () => {
    const { authorizer, impersonator: subject } = impersonator('impersonate /users /bob');
    await subject.impersonate(wants({}), LIST_PODS);
    authorizer.asked.length = 0;
    await subject.impersonate(wants({}), LIST_PODS);
    expect(authorizer.asked).toEqual(['impersonate /users /bob']);
    await expect(subject.impersonate(wants({ name: 'eve' }), LIST_PODS)).rejects.toThrow('users "eve" is forbidden');
  });

  it('leaves the anonymous user among the unauthenticated', async () => {
    const { impersonator: subject } = impersonator('impersonate /users /system:anonymous');
    const user = await subject.impersonate(wants({ name: 'system:anonymous' }), LIST_PODS);
    expect(user.groups).toEqual(['system:unauthenticated']);
  });
});
