import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import { CORE_SHAPE, convertEvent } from './event-conversion.js';
import { eventsPolicies } from './policies.js';

const [core, events] = eventsPolicies as [(typeof eventsPolicies)[0], (typeof eventsPolicies)[0]];
const complete = {
  eventTime: '2026-01-01T00:00:00.000001Z',
  reportingComponent: 'example.com/c',
  reportingInstance: 'c-1',
  action: 'Did',
  reason: 'R',
  type: 'Normal',
  involvedObject: { namespace: 'default' },
};
const named = (fields: object): KubeObject =>
  ({ metadata: { name: 'a', namespace: 'default' }, ...fields }) as KubeObject;

it('renames fields between the groups, and back', () => {
  const newer = convertEvent(named({ message: 'm', count: 2, reportingComponent: '', reason: 'r' }), CORE_SHAPE, 'v1');
  expect(newer).toMatchObject({ note: 'm', deprecatedCount: 2, reason: 'r' });
  expect(newer).not.toHaveProperty('reportingController');
  expect(convertEvent(newer, 'v1', CORE_SHAPE)).toMatchObject({ message: 'm', count: 2 });
});

it('asks less of events that come through the core group', () => {
  const sparse = { involvedObject: { namespace: 'default' }, count: 2 };
  expect(createWith(core, named(sparse)).faults).toEqual([]);
  expect(createWith(events, named(sparse)).faults).toEqual([
    'eventTime: Required value',
    'type: Invalid value: "": has invalid value: ',
    'count: Invalid value: "": needs to be unset',
  ]);
});

it('lets only the series change through the newer group', () => {
  const old = createWith(events, named(complete)).object;
  const series = { count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' };
  expect(updateWith(events, named({ ...complete, series }), old).faults).toEqual([]);
  expect(updateWith(events, named({ ...complete, message: 'other' }), old).faults).toEqual([
    'message: Invalid value: "other": field is immutable',
  ]);
});

it('names the reporting controller as the group of the request does', () => {
  const bad = { ...complete, reportingComponent: 'a b' };
  const field = (policy: typeof core) => createWith(policy, named(bad)).faults[0]?.split(':')[0];
  expect([field(core), field(events)]).toEqual(['reportingComponent', 'reportingController']);
});
