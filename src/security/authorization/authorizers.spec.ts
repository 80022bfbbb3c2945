import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { Attributes } from './authorizer.js';
import { createAuthorizer } from './authorizer-factory.js';
import { AlwaysDenyAuthorizer, UnionAuthorizer } from './authorizers.js';
import { forbiddenError, forbiddenMessage } from './forbidden.js';
import { NodeAuthorizer } from './node-authorizer.js';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, uid: '', groups, extra: {} });
const base: Attributes = {
  user: user('zoe'),
  verb: 'get',
  resourceRequest: true,
  namespace: 'ns',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: 'scale',
  name: 'web',
  path: '',
};

describe('createAuthorizer', () => {
  it('lets superusers through whatever the modes say', () => {
    const authorizer = createAuthorizer(['AlwaysDeny'], new AlwaysDenyAuthorizer());
    expect(authorizer.authorize({ ...base, user: user('root', 'system:masters') })).toMatchObject({
      decision: 'allow',
    });
    expect(authorizer.authorize(base)).toEqual({ decision: 'noOpinion', reason: 'Everything is forbidden.' });
  });

  it('refuses unknown, repeated and missing modes', () => {
    const rbac = new AlwaysDenyAuthorizer();
    expect(() => createAuthorizer(['Magic'], rbac)).toThrow('"Magic" is not known');
    expect(() => createAuthorizer(['RBAC', 'RBAC'], rbac)).toThrow('more than once');
    expect(() => createAuthorizer([], rbac)).toThrow('at least one');
  });
});

describe('UnionAuthorizer', () => {
  it('asks who joins later in their order, after superusers and before the modes', () => {
    const asked: string[] = [];
    const authorizer = createAuthorizer(['AlwaysAllow'], new AlwaysDenyAuthorizer());
    for (const name of ['first', 'second']) {
      const joins = new AlwaysDenyAuthorizer();
      joins.authorize = () => {
        asked.push(name);
        return { decision: 'noOpinion', reason: '' };
      };
      authorizer.add(joins);
    }
    authorizer.authorize({ ...base, user: user('root', 'system:masters') });
    expect(asked).toEqual([]);
    expect(authorizer.authorize(base)).toMatchObject({ decision: 'allow' });
    expect(asked).toEqual(['first', 'second']);
  });

  it('goes on after an authorizer that answers later, keeping its reason', async () => {
    const later = new AlwaysDenyAuthorizer();
    later.authorize = () => Promise.resolve({ decision: 'noOpinion', reason: 'later' }) as never;
    const union = new UnionAuthorizer([later, new AlwaysDenyAuthorizer()]);
    expect(await union.authorize(base)).toEqual({ decision: 'noOpinion', reason: 'later\nEverything is forbidden.' });
  });
});

describe('forbiddenMessage', () => {
  it('names user, verb, resource with subresource, group and scope', () => {
    expect(forbiddenMessage(base)).toBe(
      'User "zoe" cannot get resource "deployments/scale" in API group "apps" in the namespace "ns"',
    );
    expect(forbiddenMessage({ ...base, namespace: '', subresource: '' })).toContain('at the cluster scope');
  });

  it('names the path outside the resource tree, harmless to browsers', () => {
    expect(forbiddenMessage({ ...base, resourceRequest: false, path: '/<b>&' })).toBe(
      'User "zoe" cannot get path "/&lt;b&gt;&amp;"',
    );
  });

  it('becomes a 403 with the object in its details and the reason at its end', () => {
    const error = forbiddenError(base, 'RBAC: x');
    expect(error.message).toMatch(/^deployments.apps "web" is forbidden: User "zoe" .*: RBAC: x$/);
    expect(error.details).toEqual({ name: 'web', group: 'apps', kind: 'deployments' });
    expect(forbiddenError({ ...base, resourceRequest: false, group: '', resource: '', name: '' }, '').details).toEqual(
      {},
    );
  });
});

describe('NodeAuthorizer', () => {
  const node = user('system:node:n1', 'system:nodes');
  const decide = (more: Partial<Attributes>) =>
    new NodeAuthorizer().authorize({ ...base, user: node, group: '', subresource: '', ...more }).decision;

  it('allows a node its own object and lease, not those of others', () => {
    expect(decide({ resource: 'nodes', name: 'n1', verb: 'patch', subresource: 'status' })).toBe('allow');
    expect(decide({ resource: 'nodes', name: 'n2', verb: 'patch' })).toBe('noOpinion');
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease', verb: 'update' };
    expect(decide({ ...lease, name: 'n1' })).toBe('allow');
    expect(decide({ ...lease, name: 'n2' })).toBe('noOpinion');
    expect(decide({ ...lease, name: 'n1', namespace: 'default' })).toBe('noOpinion');
  });

  it.each<[Partial<Attributes>, string]>([
    [{ resource: 'pods', verb: 'list' }, 'node: can only list/watch pods with spec.nodeName field selector'],
    [{ resource: 'pods', verb: 'get' }, 'node: No Object name found'],
    [{ resource: 'nodes', verb: 'list', name: '' }, "node: node 'n1' cannot read all nodes, only its own Node object"],
    [
      { resource: 'secrets', verb: 'get', namespace: 'a', name: 's' },
      "node: no relationship found between node 'n1' and this object",
    ],
    [{ resource: 'secrets', verb: 'delete', namespace: 'a', name: 's' }, 'node: can only read resources of this type'],
    [
      { resource: 'serviceaccounts', subresource: 'token', verb: 'create', name: '' },
      'node: can only create tokens for individual service accounts',
    ],
  ])('tells why it does not allow %o', (more, reason) => {
    const attributes = { ...base, user: node, group: '', subresource: '', name: '', ...more };
    expect(new NodeAuthorizer().authorize(attributes)).toEqual({ decision: 'noOpinion', reason });
  });

  it('allows lists of its own pods alone', () => {
    const list = { resource: 'pods', verb: 'list', name: '' };
    expect(decide({ ...list, fieldSelector: 'spec.nodeName=n1,status.phase=Running' })).toBe('allow');
    expect(decide({ ...list, fieldSelector: 'spec.nodeName=n2' })).toBe('noOpinion');
    expect(decide({ ...list, fieldSelector: 'spec.nodeName!=n1' })).toBe('noOpinion');
    expect(decide({ ...list, fieldSelector: 'no selector' })).toBe('noOpinion');
  });

  it('has no opinion on secrets, and none on users that only carry the name', () => {
    expect(decide({ resource: 'secrets', verb: 'get' })).toBe('noOpinion');
    expect(decide({ resource: 'services', verb: 'list' })).toBe('allow');
    expect(decide({ resource: 'services', verb: 'list', user: user('system:node:n1') })).toBe('noOpinion');
  });
});
