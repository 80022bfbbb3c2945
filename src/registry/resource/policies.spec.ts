import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import type { KindPolicy } from '../kind-policy.js';
import { resourcePolicies } from './policies.js';

const policyOf = (resource: string): KindPolicy => resourcePolicies.find((policy) => policy.resource === resource)!;
const named = (spec: object): KubeObject => ({ metadata: { name: 'a' }, spec }) as unknown as KubeObject;
const claim = (...requests: object[]) => named({ devices: { requests } });

it('a request asks for one device unless told otherwise', () => {
  const { object, faults } = createWith(
    policyOf('resourceclaims'),
    claim({ name: 'r', exactly: { deviceClassName: 'gpu' } }),
  );
  expect(faults).toEqual([]);
  expect(object['spec']).toMatchObject({
    devices: { requests: [{ exactly: { allocationMode: 'ExactCount', count: 1 } }] },
  });
});

it('a request is exact or a choice, and constraints name requests that are there', () => {
  const spec = { devices: { requests: [{ name: 'r' }], constraints: [{ requests: ['s'], matchAttribute: 'a.io/x' }] } };
  expect(createWith(policyOf('resourceclaims'), named(spec)).faults).toEqual([
    'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    `spec.devices.constraints[0].requests[0]: Invalid value: "s": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
  ]);
});

it('an allocation stays as it was made', () => {
  const policy = policyOf('resourceclaims');
  const status = policy.statusStrategy!;
  expect(status).toBeDefined();
  const old = createWith(policy, claim({ name: 'r', exactly: { deviceClassName: 'gpu' } })).object;
  expect(updateWith(policy, claim(), old).faults).toEqual(['spec: Invalid value: null: field is immutable']);
});

const pool = { name: 'p', generation: 1, resourceSliceCount: 1 };

it.each([
  [{ nodeName: 'n' }, []],
  [
    {},
    [
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  [{ allNodes: false, nodeName: 'n' }, ['spec.allNodes: Invalid value: false: must be either unset or set to true']],
])('a slice is of one place: %o', (place, faults) => {
  expect(createWith(policyOf('resourceslices'), named({ driver: 'd.io', pool, ...place })).faults).toEqual(faults);
});

it('a capacity is shared in steps that fit its range', () => {
  const device = (step: string) => ({
    name: 'd',
    allowMultipleAllocations: true,
    capacity: {
      memory: { value: '8Gi', requestPolicy: { default: '1Gi', validRange: { min: '1Gi', max: '8Gi', step } } },
    },
  });
  const slice = (step: string) => named({ driver: 'd.io', pool, allNodes: true, devices: [device(step)] });
  expect(createWith(policyOf('resourceslices'), slice('1Gi')).faults).toEqual([]);
  expect(createWith(policyOf('resourceslices'), slice('3Gi')).faults).toEqual([
    'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "8Gi": value is not a multiple of a given step (3Gi) from (1Gi)',
  ]);
});

it('taints tell since when they hold', () => {
  const { object } = createWith(policyOf('devicetaintrules'), named({ taint: { key: 'k', effect: 'NoExecute' } }));
  expect(object['spec']).toMatchObject({ taint: { timeAdded: '2026-01-02T03:04:05Z' } });
});

it('drops what stands behind gates that are off', () => {
  const attributes = { a: { ints: [1] }, b: { int: 1 } };
  const spec = { driver: 'd.io', pool, nodeName: 'n', devices: [{ name: 'x', attributes }] };
  const { object } = createWith(policyOf('resourceslices'), named(spec));
  expect(object['spec']).toMatchObject({ devices: [{ attributes: { b: { int: 1 } } }] });
  expect(JSON.stringify(object['spec'])).not.toContain('ints');
});

it.each([
  [
    { validRange: { min: '20Gi', max: '1Gi' }, default: '2Gi' },
    [
      'min: Invalid value: "20Gi": min is larger than capacity value: 10Gi',
      'min: Invalid value: "2Gi": default is less than min: 20Gi',
      'max: Invalid value: "20Gi": min is larger than max: 1Gi',
      'max: Invalid value: "2Gi": default is more than max: 1Gi',
    ],
  ],
  [
    { validRange: { min: '1Gi', step: '10Gi' }, default: '1Gi' },
    ['step: Invalid value: "10Gi": one step 11Gi is larger than capacity value: 10Gi'],
  ],
  [
    { validRange: { min: '200m', max: '1', step: '100m' }, default: '250m' },
    ['step: Invalid value: "250m": value is not a multiple of a given step (100m) from (200m)'],
  ],
  [
    { validRange: { min: '10u' }, default: '20u' },
    [
      'default: Invalid value: "20u": value cannot be represented as a milli value',
      'min: Invalid value: "10u": value cannot be represented as a milli value',
    ],
  ],
  [{ validValues: ['1Ki', '1024'], default: '1Ki' }, ['validValues[1]: Duplicate value: "1024"']],
])('a policy of requests fits its capacity: %j', (requestPolicy, expected) => {
  const capacity = { mem: { value: '10Gi', requestPolicy } };
  const devices = [{ name: 'x', allowMultipleAllocations: true, capacity }];
  const spec = { driver: 'd.io', pool, nodeName: 'n', devices };
  const lead = /^spec\.devices\[0\]\.capacity\[mem\]\.requestPolicy\.(?:validRange\.)?/;
  const { faults } = createWith(policyOf('resourceslices'), named(spec));
  expect(faults.map((text) => text.replace(lead, ''))).toEqual(expected);
});
