import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import type { KindPolicy } from '../kind-policy.js';
import { admissionregistrationPolicies } from './policies.js';

const policyOf = (name: string): KindPolicy => admissionregistrationPolicies.find(({ resource }) => resource === name)!;
const named = (fields: object): KubeObject => ({ metadata: { name: 'a' }, ...fields }) as KubeObject;
const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
const webhook = {
  name: 'a.b.example.com',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  clientConfig: { url: 'https://example.com/x' },
  rules: [rule],
};

it('a webhook is called for all scopes, waits ten seconds and fails closed', () => {
  const policy = policyOf('mutatingwebhookconfigurations');
  const { object, faults } = createWith(policy, named({ webhooks: [structuredClone(webhook)] }));
  expect(faults).toEqual([]);
  expect(object).toMatchObject({
    webhooks: [{ failurePolicy: 'Fail', timeoutSeconds: 10, reinvocationPolicy: 'Never', rules: [{ scope: '*' }] }],
  });
});

it.each([
  [['*/*', 'pods'], "if '*/*' is present, must not specify other resources"],
  [['*', 'pods'], "if '*' is present, must not specify other resources without subresources"],
  [['pods/*', 'pods/log'], "if 'pods/*' is present, must not specify pods/log"],
])('resources of a rule do not repeat each other: %o', (resources, text) => {
  const webhooks = [{ ...structuredClone(webhook), rules: [{ ...rule, resources }] }];
  const { faults } = createWith(policyOf('validatingwebhookconfigurations'), named({ webhooks }));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(text);
});

it('rules that came later do not bind configurations that broke them before', () => {
  const policy = policyOf('validatingwebhookconfigurations');
  const twins = () => named({ webhooks: [structuredClone(webhook), structuredClone(webhook)] });
  expect(createWith(policy, twins()).faults).toEqual(['webhooks[1].name: Duplicate value: "a.b.example.com"']);
  expect(updateWith(policy, twins(), twins()).faults).toEqual([]);
});

it('a mutation carries the patch of its type', () => {
  const spec = { matchConstraints: { resourceRules: [rule] }, reinvocationPolicy: 'Never' };
  const mutations = [{ patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } }];
  expect(createWith(policyOf('mutatingadmissionpolicies'), named({ spec: { ...spec, mutations } })).faults).toEqual([
    'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
  ]);
});

it('a binding does not both deny and warn', () => {
  const spec = { policyName: 'p', validationActions: ['Deny', 'Warn'] };
  expect(createWith(policyOf('validatingadmissionpolicybindings'), named({ spec })).faults).toHaveLength(1);
});

it('nothing of what is deleted can be mutated', () => {
  const policy = policyOf('mutatingadmissionpolicybindings');
  const rule = { operations: ['CREATE', 'DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
  const object = { metadata: { name: 'a' }, spec: { policyName: 'p', matchResources: { resourceRules: [rule] } } };
  expect(createWith(policy, object as unknown as KubeObject).faults).toEqual([
    'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ]);
});
