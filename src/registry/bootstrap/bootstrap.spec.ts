import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { reconcileFlowControl } from './flow-control.js';
import { reconcileBinding, reconcileRole } from './rbac.js';
import { firstServiceIp, kubernetesEndpoints } from './system-objects.js';

const pods = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const role = (rules: object[], metadata: object = {}): KubeObject =>
  ({ metadata: { name: 'r', ...metadata }, rules }) as unknown as KubeObject;

describe('reconcileRole', () => {
  it('leaves a role alone that grants everything wanted, however its rules are cut', () => {
    const existing = role([
      { verbs: ['list'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods', 'nodes'] },
    ]);
    expect(reconcileRole(existing, role([pods]))).toBeUndefined();
  });

  it('adds just the missing rights, labels and annotations', () => {
    const existing = role([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], { labels: { a: 'mine' } });
    const next = reconcileRole(existing, role([pods], { labels: { a: 'x', b: 'y' } })) as KubeObject;
    expect(next['rules']).toEqual([
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    ]);
    expect(next.metadata.labels).toEqual({ a: 'mine', b: 'y' });
  });

  it('respects autoupdate=false', () => {
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    expect(reconcileRole(role([], { annotations }), role([pods]))).toBeUndefined();
  });

  it('adds missing selectors of an aggregated role and leaves its rules to the aggregation', () => {
    const wanted = { ...role([]), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
    const next = reconcileRole(role([pods]), wanted) as KubeObject;
    expect(next['aggregationRule']).toEqual(wanted.aggregationRule);
    expect(next['rules']).toEqual([pods]);
    expect(reconcileRole(next, wanted)).toBeUndefined();
  });
});

describe('reconcileBinding', () => {
  const binding = (name: string, ...subjects: object[]): KubeObject =>
    ({ metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name }, subjects }) as unknown as KubeObject;
  const group = (name: string) => ({ kind: 'Group', name });

  it('adds missing subjects and keeps others', () => {
    const next = reconcileBinding(binding('x', group('a')), binding('x', group('b'))) as KubeObject;
    expect(next['subjects']).toEqual([group('a'), group('b')]);
  });

  it('makes a binding of another role anew', () => {
    expect(reconcileBinding(binding('x'), binding('y'))).toBe('recreate');
  });
});

describe('reconcileFlowControl', () => {
  const schema = (precedence: number, metadata: object): KubeObject =>
    ({ metadata: { name: 's', ...metadata }, spec: { matchingPrecedence: precedence } }) as unknown as KubeObject;
  const auto = (value: string) => ({ annotations: { 'apf.kubernetes.io/autoupdate-spec': value }, generation: 3 });

  it('restores the spec only where the object asks for it', () => {
    const next = reconcileFlowControl(schema(5, auto('true')), schema(9, {})) as KubeObject;
    expect(next['spec']).toEqual({ matchingPrecedence: 9 });
    expect(next.metadata.generation).toBe(4);
    expect(reconcileFlowControl(schema(5, auto('false')), schema(9, {}))).toBeUndefined();
    expect(reconcileFlowControl(schema(9, auto('true')), schema(9, {}))).toBeUndefined();
  });
});

describe('system objects', () => {
  it.each([
    ['10.0.0.0/24', '10.0.0.1'],
    ['10.96.0.16/28', '10.96.0.17'],
    ['fd00::/108', 'fd00::1'],
  ])('gives the kubernetes Service the first address of %s', (range, ip) => {
    expect(firstServiceIp([range])).toBe(ip);
  });

  it('publishes no endpoint that only this machine could reach', () => {
    expect(kubernetesEndpoints({ ip: '127.0.0.1', port: 6443 })).toBeUndefined();
    expect(kubernetesEndpoints({ ip: '192.0.2.7', port: 6443 })?.['subsets']).toEqual([
      { addresses: [{ ip: '192.0.2.7' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
    ]);
  });
});
