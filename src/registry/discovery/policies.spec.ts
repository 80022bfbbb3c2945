import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import { discoveryPolicies } from './policies.js';

const policy = discoveryPolicies[0]!;
const slice = (addressType: string, ...addresses: string[]): KubeObject =>
  ({ metadata: { name: 'a', namespace: 'n' }, addressType, endpoints: [{ addresses }] }) as unknown as KubeObject;

it('names as addresses make a warning when a slice is made, and not again', () => {
  const made = createWith(policy, slice('FQDN', 'a.example.com'));
  expect(made.warnings).toEqual(['spec.addressType: FQDN endpoints are deprecated']);
  expect(updateWith(policy, slice('FQDN', 'b.example.com'), made.object).warnings).toEqual([]);
});
