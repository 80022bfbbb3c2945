import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import type { Attributes } from '../authorizer.js';
import { RbacAuthorizer } from './rbac-authorizer.js';
import { type PolicyKind, RbacPolicyIndex } from './rbac-policy-index.js';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, uid: '', groups, extra: {} });

function ask(who: UserInfo, verb: string, resource: string, more: Partial<Attributes> = {}): Attributes {
  return {
    user: who,
    verb,
    resourceRequest: true,
    namespace: 'shop',
    group: '',
    version: 'v1',
    resource,
    subresource: '',
    name: '',
    path: '',
    ...more,
  };
}

const role = (namespace: string, name: string, ...rules: object[]): KubeObject =>
  ({ metadata: { name, namespace }, rules }) as unknown as KubeObject;

function binding(namespace: string, name: string, kind: string, roleName: string, ...subjects: object[]): KubeObject {
  return { metadata: { name, namespace }, roleRef: { kind, name: roleName }, subjects } as unknown as KubeObject;
}

function policy(...objects: [PolicyKind, KubeObject][]) {
  const index = new RbacPolicyIndex();
  for (const [kind, object] of objects) index.set(kind, object);
  return { index, rbac: new RbacAuthorizer(index) };
}

const readers = role('shop', 'reader', { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] });
const toAnn = binding('shop', 'read', 'Role', 'reader', { kind: 'User', name: 'ann' });

describe('RbacAuthorizer', () => {
  it('names binding, role and subject when a namespaced role allows', () => {
    const { rbac } = policy(['Role', readers], ['RoleBinding', toAnn]);
    expect(rbac.authorize(ask(user('ann'), 'list', 'pods'))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "read/shop" of Role "reader" to User "ann"',
    });
  });

  it('has no opinion in another namespace, on another verb, and for somebody else', () => {
    const { rbac } = policy(['Role', readers], ['RoleBinding', toAnn]);
    for (const question of [
      ask(user('ann'), 'list', 'pods', { namespace: 'bank' }),
      ask(user('ann'), 'delete', 'pods'),
      ask(user('bob'), 'list', 'pods'),
      ask(user('ann'), 'list', 'pods', { namespace: '' }),
    ]) {
      expect(rbac.authorize(question)).toEqual({ decision: 'noOpinion', reason: '' });
    }
  });

  it('binds a service account without namespace in the namespace of the binding', () => {
    const bound = binding('shop', 'sa', 'Role', 'reader', { kind: 'ServiceAccount', name: 'bot' });
    const { rbac } = policy(['Role', readers], ['RoleBinding', bound]);
    expect(rbac.authorize(ask(user('system:serviceaccount:shop:bot'), 'get', 'pods')).reason).toContain(
      'to ServiceAccount "bot/shop"',
    );
  });

  it('grants subresources by their own name or by */name', () => {
    const status = role('', 'status', { apiGroups: ['*'], resources: ['*/status'], verbs: ['get'] });
    const { rbac } = policy(
      ['ClusterRole', status],
      ['ClusterRoleBinding', binding('', 'b', 'ClusterRole', 'status', { kind: 'Group', name: 'ops' })],
    );
    const ops = user('olga', 'ops');
    expect(rbac.authorize(ask(ops, 'get', 'jobs', { group: 'batch', subresource: 'status' })).decision).toBe('allow');
    expect(rbac.authorize(ask(ops, 'get', 'jobs', { group: 'batch' })).decision).toBe('noOpinion');
  });

  it('matches paths exactly and by trailing star', () => {
    const paths = role('', 'p', { nonResourceURLs: ['/metrics', '/livez/*'], verbs: ['get'] });
    const { rbac } = policy(
      ['ClusterRole', paths],
      ['ClusterRoleBinding', binding('', 'b', 'ClusterRole', 'p', { kind: 'User', name: 'ann' })],
    );
    const decide = (path: string) =>
      rbac.authorize(ask(user('ann'), 'get', '', { resourceRequest: false, path, namespace: '' })).decision;
    expect(['/metrics', '/livez/ping', '/livez', '/metrics/slis'].map(decide)).toEqual([
      'allow',
      'allow',
      'noOpinion',
      'noOpinion',
    ]);
  });

  it('remembers answers by name where a rule lists names', () => {
    const one = role('shop', 'one', { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['a'] });
    const { rbac } = policy(
      ['Role', one],
      ['RoleBinding', binding('shop', 'b', 'Role', 'one', { kind: 'User', name: 'ann' })],
    );
    const ann = user('ann');
    for (let round = 0; round < 2; round++) {
      expect(rbac.authorize(ask(ann, 'get', 'pods', { name: 'a' })).decision).toBe('allow');
      expect(rbac.authorize(ask(ann, 'get', 'pods', { name: 'b' })).decision).toBe('noOpinion');
    }
  });

  it('forgets answers as soon as the policy changes', () => {
    const { index, rbac } = policy(['Role', readers], ['RoleBinding', toAnn]);
    const ann = user('ann');
    expect(rbac.authorize(ask(ann, 'get', 'pods')).decision).toBe('allow');
    index.delete('RoleBinding', toAnn);
    expect(rbac.authorize(ask(ann, 'get', 'pods')).decision).toBe('noOpinion');
    index.set('RoleBinding', toAnn);
    index.set('Role', role('shop', 'reader'));
    expect(rbac.authorize(ask(ann, 'get', 'pods')).decision).toBe('noOpinion');
  });

  it('says which role is missing', () => {
    const { rbac } = policy(['RoleBinding', toAnn]);
    expect(rbac.authorize(ask(user('ann'), 'get', 'pods')).reason).toBe(
      'RBAC: role.rbac.authorization.k8s.io "reader" not found',
    );
  });

  it('lists rules once a binding however many of its subjects apply, naming the first subject', () => {
    const twice = binding('shop', 'b', 'Role', 'reader', { kind: 'Group', name: 'dev' }, { kind: 'User', name: 'ann' });
    const { rbac } = policy(['Role', readers], ['RoleBinding', twice]);
    const ann = user('ann', 'dev');
    expect(rbac.rulesFor(ann, 'shop')).toEqual({
      resource: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] }],
      nonResource: [],
      incomplete: false,
    });
    expect(rbac.authorize(ask(ann, 'get', 'pods')).reason).toContain('to Group "dev"');
  });

  it('answers like a scan over all bindings whatever is added and removed', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const subject = fc.record({ kind: fc.constantFrom('User', 'Group'), name });
    const change = fc.record({ name, remove: fc.boolean(), subjects: fc.array(subject, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), name, name, (changes, who, group) => {
        const { index, rbac } = policy(['Role', readers]);
        const live = new Map<string, { kind: string; name: string }[]>();
        for (const { name: of, remove, subjects } of changes) {
          const object = binding('shop', of, 'Role', 'reader', ...subjects);
          if (remove) {
            index.delete('RoleBinding', object);
            live.delete(of);
          } else {
            index.set('RoleBinding', object);
            live.set(of, subjects);
          }
        }
        const expected = [...live.values()].some((subjects) =>
          subjects.some((s) => s.name === (s.kind === 'User' ? who : group)),
        );
        return (rbac.authorize(ask(user(who, group), 'get', 'pods')).decision === 'allow') === expected;
      }),
    );
  });

  it('does not look at the bindings of others', () => {
    const { index, rbac } = policy(['Role', readers]);
    for (let i = 0; i < 10_000; i++) {
      index.set('RoleBinding', binding('shop', `b${i}`, 'Role', 'reader', { kind: 'User', name: `u${i}` }));
    }
    expect(index.bindingsFor(user('u77'), 'shop')).toHaveLength(1);
    expect(rbac.authorize(ask(user('u77'), 'get', 'pods')).decision).toBe('allow');
  });
});
