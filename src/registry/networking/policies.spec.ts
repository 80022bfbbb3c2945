import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import { ipAddressPolicy, serviceCidrPolicy } from './addresses.policies.js';
import { ingressPolicy } from './ingress.policy.js';
import { networkPolicyPolicy } from './network-policy.policy.js';

const named = (spec: object): KubeObject => ({ metadata: { name: 'a' }, spec }) as unknown as KubeObject;
const backend = { service: { name: 's', port: { number: 80 } } };

it('an ingress needs rules or a backend, and a backend one kind of target', () => {
  expect(createWith(ingressPolicy, named({})).faults).toEqual([
    'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
  ]);
  expect(createWith(ingressPolicy, named({ defaultBackend: { service: { name: 's' } } })).faults).toEqual([
    'spec.defaultBackend: Required value: port name or number is required',
  ]);
  expect(createWith(ingressPolicy, named({ defaultBackend: backend })).faults).toEqual([]);
});

it.each([
  ['Prefix', '/a', []],
  ['Exact', '/a/.', ["cannot end with '/.'"]],
  ['Prefix', 'a%2Fb', ['must be an absolute path', "must not contain '%2F'"]],
  ['ImplementationSpecific', '/a//b', []],
])('judges an ingress path of type %s: %s', (pathType, path, texts) => {
  const { faults } = createWith(ingressPolicy, named({ rules: [{ http: { paths: [{ path, pathType, backend }] } }] }));
  expect(faults).toEqual(texts.map((text) => `spec.rules[0].http.paths[0].path: Invalid value: "${path}": ${text}`));
});

it('an exception of a network policy lies within its block', () => {
  const policy = (except: string) =>
    named({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: [except] } }] }] });
  expect(createWith(networkPolicyPolicy, policy('10.1.0.0/16')).faults).toEqual([]);
  expect(createWith(networkPolicyPolicy, policy('10.0.0.0/8')).faults).toHaveLength(1);
  expect(createWith(networkPolicyPolicy, policy('11.0.0.0/16')).faults).toHaveLength(1);
});

it('a service range may only grow from one family to both', () => {
  const old = named({ cidrs: ['10.0.0.0/24'] });
  const change = (...cidrs: string[]) => updateWith(serviceCidrPolicy, named({ cidrs }), old).faults;
  expect(change('10.0.0.0/24', 'fd00::/112')).toEqual([]);
  expect(change('10.0.1.0/24')).toEqual(['spec.cidrs[0]: Invalid value: "10.0.1.0/24": field is immutable']);
  expect(change('10.0.0.0/24', '10.1.0.0/24')).toHaveLength(1);
});

it('an IP address has the one way to be written, and says where it belongs', () => {
  const parentRef = { resource: 'services', name: 'a', namespace: 'b' };
  const of = (name: string, spec: object): KubeObject => ({ metadata: { name }, spec }) as unknown as KubeObject;
  expect(createWith(ipAddressPolicy, of('2001:db8::1', { parentRef })).faults).toEqual([]);
  expect(createWith(ipAddressPolicy, of('2001:DB8::1', { parentRef })).faults[0]).toContain('metadata.name');
});

it('a range of services is written in one way', () => {
  expect(createWith(serviceCidrPolicy, named({ cidrs: ['2001:DB8::/64'] })).faults).toEqual([
    'spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
  ]);
});
