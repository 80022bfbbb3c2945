import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, testContext, testEnvironment, updateWith } from '../generic/testing.js';
import { storageVersionMigrationPolicy as policy } from './policies.js';

const of = (resource: object, status: object = {}): KubeObject =>
  ({ metadata: { name: 'a' }, spec: { resource }, status }) as unknown as KubeObject;
const pods = { group: '', resource: 'pods' };

it('names a resource and a group, and keeps them', () => {
  expect(createWith(policy, of({ group: 'A_', resource: '1x' })).faults.map((text) => text.split(':')[0])).toEqual([
    'spec.resource.resource',
    'spec.resource.group',
  ]);
  expect(updateWith(policy, of({ ...pods, resource: 'secrets' }), of(pods)).faults).toEqual([
    'spec: Invalid value: {"Resource":{"group":"","resource":"secrets"}}: field is immutable',
  ]);
});

it('ends once and one way', () => {
  const conditions = ['Running', 'Succeeded'].map((type) => ({
    ...{ type, status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  }));
  const main = policy.strategy(testEnvironment());
  const strategy = policy.statusStrategy!(main, testEnvironment());
  const status = { resourceVersion: '01', conditions };
  const faults = strategy.validateUpdate(testContext, of(pods, status), of(pods, { resourceVersion: '7' }));
  expect(faults.map(({ message }) => message.slice(message.lastIndexOf(': ') + 2))).toEqual([
    '01',
    'field is immutable',
    'Running condition cannot be true when success condition is true',
  ]);
});
