import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { EscalationCheck } from '../authorization/security-ports.js';
import { internalContext } from '../rest/context.js';
import { aggregatedRules } from './aggregation.js';
import { bindingCheck, roleCheck } from './guarded-storage.js';
import { RoleBindingStrategy, RoleStrategy } from './rbac.strategy.js';
import { validateBinding, validateRole, validateRoleRefKept } from './validation.js';

const object = (more: object, name = 'x'): KubeObject => ({ metadata: { name }, ...more }) as unknown as KubeObject;
const anyone = internalContext({ name: 'ann', uid: '', groups: [], extra: {} }, 'shop');
const texts = (errors: readonly { field: string; message: string }[]) => errors.map((e) => `${e.field}: ${e.message}`);

describe('validateRole', () => {
  it('wants verbs, groups and resources; declared faults come last', () => {
    const rules = [
      { apiGroups: [''], resources: ['pods'] },
      { verbs: ['get'] },
      { verbs: ['get'], nonResourceURLs: ['/x'] },
    ];
    expect(texts(new RoleStrategy(true).validateCreate(anyone, object({ rules })))).toEqual([
      'rules[1].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
      'rules[2].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
      'rules[0].verbs: Required value',
    ]);
  });

  it('keeps paths and resources apart in cluster roles', () => {
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], nonResourceURLs: ['/x'] }];
    expect(texts(validateRole(object({ rules }), false))).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
  });

  it('checks the selectors of an aggregation', () => {
    const bad = { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Near', values: ['b'] }] }] };
    expect(texts(validateRole(object({ aggregationRule: bad }), false))).toEqual([
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
    ]);
    expect(validateRole(object({ aggregationRule: { clusterRoleSelectors: [] } }), false)).toHaveLength(1);
  });
});

describe('validateBinding', () => {
  const group = 'rbac.authorization.k8s.io';

  it('lists supported kinds in the order of the API and missing names last', () => {
    const binding = object({
      roleRef: { apiGroup: group, kind: 'Deployment', name: '' },
      subjects: [
        { kind: 'Robot', name: 'x' },
        { kind: 'User', apiGroup: group, name: '' },
      ],
    });
    expect(texts(new RoleBindingStrategy(true).validateCreate(anyone, binding))).toEqual([
      'roleRef.kind: Unsupported value: "Deployment": supported values: "Role", "ClusterRole"',
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      'subjects[1].name: Required value',
      'roleRef.name: Required value',
    ]);
  });

  it('never lets the role be changed', () => {
    const of = (name: string) => object({ roleRef: { apiGroup: group, kind: 'Role', name } });
    expect(texts(validateRoleRefKept(of('b'), of('a')))).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: field is immutable',
    ]);
  });

  it('wants a namespace for service accounts of the whole cluster', () => {
    const binding = object({
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'sa' }],
    });
    expect(texts(validateBinding(binding, false))).toEqual(['subjects[0].namespace: Required value']);
    expect(validateBinding(binding, true)).toEqual([]);
  });
});

describe('escalation checks', () => {
  const ctx = internalContext({ name: 'ann', uid: '', groups: [], extra: {} }, 'shop');
  const check = (more: Partial<EscalationCheck>): EscalationCheck => ({
    isExempt: () => false,
    mayEscalate: async () => false,
    mayBind: async () => false,
    rulesOf: () => [],
    refusal: () => undefined,
    ...more,
  });

  it('refuses a role beyond what its writer holds, unless they may escalate', async () => {
    const refusing = check({ refusal: () => 'too much' });
    await expect(roleCheck(() => refusing, 'roles')(ctx, '', object({}), undefined)).rejects.toThrow(
      'roles.rbac.authorization.k8s.io "x" is forbidden: too much',
    );
    const escalating = check({ refusal: () => 'too much', mayEscalate: async () => true });
    await expect(roleCheck(() => escalating, 'roles')(ctx, '', object({}), undefined)).resolves.toBeUndefined();
  });

  it('wants all rights for an aggregation, also to change one', async () => {
    const partial = check({ refusal: (_user, _namespace, rules) => (rules.length > 0 ? 'more' : undefined) });
    const aggregating = object({ aggregationRule: { clusterRoleSelectors: [{}] } });
    await expect(roleCheck(() => partial, 'clusterroles')(ctx, 'x', object({}), aggregating)).rejects.toThrow(
      'must have cluster-admin privileges to use the aggregationRule',
    );
  });

  it('names the binding kind where the role is missing', async () => {
    const missing = check({ rulesOf: () => undefined });
    const binding = object({ roleRef: { kind: 'Role', name: 'gone' } });
    await expect(bindingCheck(() => missing, 'rolebindings')(ctx, '', binding, undefined)).rejects.toThrow(
      'rolebindings.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it('lets nobody but superusers write while there is no check', async () => {
    await expect(roleCheck(() => undefined, 'roles')(ctx, '', object({}), undefined)).rejects.toThrow('forbidden');
    const root = internalContext({ name: 'root', uid: '', groups: ['system:masters'], extra: {} }, 'shop');
    await expect(roleCheck(() => undefined, 'roles')(root, '', object({}), undefined)).resolves.toBeUndefined();
  });
});

describe('aggregatedRules', () => {
  const rule = (verb: string) => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });
  const part = (name: string, labels: object, ...rules: object[]) =>
    ({ metadata: { name, labels }, rules }) as unknown as KubeObject;

  it('takes the rules of the roles picked, by name and once', () => {
    const whole = object({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'view' } }] } }, 'view');
    const all = [
      part('b', { to: 'view' }, rule('list')),
      part('a', { to: 'view' }, rule('get'), rule('list')),
      part('c', {}, rule('delete')),
    ];
    expect(aggregatedRules(whole, all)).toEqual([rule('get'), rule('list')]);
    expect(aggregatedRules(part('a', {}), all)).toBeUndefined();
  });
});
