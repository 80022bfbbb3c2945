import { describe, expect, it } from 'vitest';
import type { CoreV1PersistentVolumeClaim, CoreV1PersistentVolumeClaimSpec } from '../../apis/types.gen.js';
import { createWith, testContext, testEnvironment, updateWith } from '../generic/testing.js';
import { persistentVolumeClaimPolicy as policy } from './persistent-volume-claim.policy.js';

type Claim = CoreV1PersistentVolumeClaim;
const CLASS = 'volume.beta.kubernetes.io/storage-class';

const claim = (spec: CoreV1PersistentVolumeClaimSpec = {}, annotations?: Record<string, string>): Claim => ({
  metadata: { name: 'c', ...(annotations && { annotations }) },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const stored = (
  spec: CoreV1PersistentVolumeClaimSpec = {},
  status: object = {},
  annotations?: Record<string, string>,
) => {
  const object = createWith(policy, claim(spec, annotations)).object as Claim;
  Object.assign(object.status!, status);
  return object;
};
const faultsOf = (old: Claim, spec: CoreV1PersistentVolumeClaimSpec, annotations?: Record<string, string>) =>
  updateWith(policy, claim(spec, annotations), old).faults.map((fault) => fault.split('\n')[0]);
const IMMUTABLE =
  'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

describe('the data source of a claim', () => {
  const specOf = (spec: CoreV1PersistentVolumeClaimSpec) => (createWith(policy, claim(spec)).object as Claim).spec!;
  const custom = { apiGroup: 'example.com', kind: 'Thing', name: 't' };

  it('is told in both fields', () => {
    const source = { kind: 'PersistentVolumeClaim', name: 'other' };
    expect(specOf({ dataSource: source }).dataSourceRef).toEqual(source);
    expect(specOf({ dataSourceRef: custom }).dataSource).toEqual(custom);
  });

  it('of the older field is a claim or a snapshot, or passed over', () => {
    const spec = specOf({ dataSource: custom });
    expect([spec.dataSource, spec.dataSourceRef]).toEqual([undefined, undefined]);
  });

  it('of another namespace is passed over', () => {
    const spec = specOf({ dataSourceRef: { ...custom, namespace: 'n' } });
    expect([spec.dataSource, spec.dataSourceRef]).toEqual([undefined, undefined]);
  });

  it('is kept by clients that know one field alone', () => {
    expect(faultsOf(stored({ dataSourceRef: custom }), { dataSource: custom })).toEqual([]);
  });
});

describe('a claim that is there', () => {
  it('takes a class where it has none', () => {
    expect(faultsOf(stored(), { storageClassName: 'fast' })).toEqual([]);
    expect(faultsOf(stored({ storageClassName: 'slow' }), { storageClassName: 'fast' })).toEqual([IMMUTABLE]);
  });

  it('moves its class from the annotation to the field', () => {
    const old = stored({}, {}, { [CLASS]: 'fast' });
    expect(faultsOf(old, { storageClassName: 'fast' })).toEqual([]);
    expect(faultsOf(old, { storageClassName: 'slow' })).toEqual([
      `metadata.annotations.${CLASS}: Invalid value: "": field is immutable`,
      IMMUTABLE,
    ]);
  });

  it('grows and changes its attributes while it is bound', () => {
    const change = { resources: { requests: { storage: '2Gi' } }, volumeAttributesClassName: 'gold' };
    expect(faultsOf(stored({}, { phase: 'Bound' }), change)).toEqual([]);
    expect(faultsOf(stored(), change)).toEqual([IMMUTABLE]);
  });

  it('does not shrink below what it has', () => {
    const old = stored({}, { phase: 'Bound', capacity: { storage: '1Gi' } });
    expect(faultsOf(old, { resources: { requests: { storage: '500Mi' } } })).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  it('keeps some class of attributes once it has one', () => {
    const old = stored(
      { volumeAttributesClassName: 'gold' },
      { phase: 'Bound', currentVolumeAttributesClassName: 'gold' },
    );
    const text = (what: string) =>
      `spec.volumeAttributesClassName: Forbidden: update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    expect(faultsOf(old, {})).toEqual([text('nil')]);
    expect(faultsOf(old, { volumeAttributesClassName: '' })).toEqual([text('empty string')]);
  });
});

describe('the status of a claim', () => {
  const statusFaults = (status: object) => {
    const strategy = policy.statusStrategy!(policy.strategy(testEnvironment()), testEnvironment());
    const old = stored();
    return strategy
      .validateUpdate(testContext, { ...old, status } as Claim, old)
      .map(({ field, message }) => `${field}: ${message}`);
  };

  it('tells of the resizing of storage and of resources with a domain', () => {
    expect(
      statusFaults({
        allocatedResources: { storage: '1Gi', 'example.com/x': '1' },
        allocatedResourceStatuses: { storage: 'NodeResizePending' },
      }),
    ).toEqual([]);
    expect(statusFaults({ allocatedResources: { cpu: '1' }, allocatedResourceStatuses: { storage: 'Odd' } })).toEqual([
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ]);
  });
});
