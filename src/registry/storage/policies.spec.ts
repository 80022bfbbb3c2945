import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import { csiDriverPolicy, csiNodePolicy } from './csi.policies.js';
import { storageClassPolicy } from './storage-class.policy.js';
import { volumeAttachmentPolicy } from './volume-attachment.policy.js';

const named = (fields: object): KubeObject => ({ metadata: { name: 'a' }, ...fields }) as KubeObject;

it('a storage class keeps what volumes were made by', () => {
  const old = createWith(storageClassPolicy, named({ provisioner: 'p.io/x', parameters: { a: 'b' } })).object;
  const change = (more: object) => updateWith(storageClassPolicy, { ...structuredClone(old), ...more }, old).faults;
  expect(change({ allowVolumeExpansion: true })).toEqual([]);
  expect(change({ parameters: { a: 'c' } })).toEqual(['parameters: Invalid value: null: field is immutable']);
});

it('topologies of a storage class name each key and value once', () => {
  const terms = [
    {
      matchLabelExpressions: [
        { key: 'z', values: ['a', 'a'] },
        { key: 'z', values: [] },
      ],
    },
  ];
  expect(createWith(storageClassPolicy, named({ provisioner: 'p', allowedTopologies: terms })).faults).toEqual([
    'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
    'allowedTopologies[0].matchLabelExpressions[1].values: Required value',
    'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "z"',
  ]);
});

it('the generation of a CSI driver starts with its first change', () => {
  const old = createWith(csiDriverPolicy, named({ spec: {} })).object;
  expect(old.metadata.generation).toBeUndefined();
  const next = structuredClone(old);
  Object.assign(next['spec'] as object, { podInfoOnMount: true });
  expect(updateWith(csiDriverPolicy, next, old).object.metadata.generation).toBe(1);
});

it('a CSI node may count its volumes anew but not rename itself', () => {
  const node = (driver: object) => named({ spec: { drivers: [{ name: 'd', nodeID: 'n', ...driver }] } });
  expect(
    updateWith(csiNodePolicy, node({ allocatable: { count: 6 } }), node({ allocatable: { count: 5 } })).faults,
  ).toEqual([]);
  expect(updateWith(csiNodePolicy, node({ nodeID: 'm' }), node({})).faults).toHaveLength(1);
});

it('an attachment has one source and an attacher in any case', () => {
  const attachment = (source: object) => named({ spec: { attacher: 'CSI.example.com', nodeName: 'n', source } });
  expect(createWith(volumeAttachmentPolicy, attachment({ persistentVolumeName: 'pv' })).faults).toEqual([]);
  expect(createWith(volumeAttachmentPolicy, attachment({})).faults).toEqual([
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ]);
});

it('declared rules of a storage class come last, and an update judges all of it', () => {
  const bad = named({ provisioner: 'a b', reclaimPolicy: 'Recycle', volumeBindingMode: '' });
  const old = createWith(storageClassPolicy, named({ provisioner: 'p.io/x' })).object;
  const { faults } = updateWith(storageClassPolicy, bad, old);
  expect(faults.map((text) => text.slice(0, text.indexOf(':')))).toEqual([
    'provisioner',
    'reclaimPolicy',
    'volumeBindingMode',
    'provisioner',
    'reclaimPolicy',
    'volumeBindingMode',
  ]);
  expect(faults.slice(3)).toEqual(
    ['provisioner', 'reclaimPolicy', 'volumeBindingMode'].map((n) => `${n}: Invalid value: null: field is immutable`),
  );
});

it('labels of old in topologies make warnings', () => {
  const key = 'failure-domain.beta.kubernetes.io/zone';
  const allowedTopologies = [{ matchLabelExpressions: [{ key, values: ['a'] }] }];
  expect(createWith(storageClassPolicy, named({ provisioner: 'p', allowedTopologies })).warnings).toEqual([
    `allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead`,
  ]);
});

it('a driver is warned of tokens that may be logged when it asks for them, and not again', () => {
  const driver = (audience: string) => named({ spec: { tokenRequests: [{ audience }] } });
  const made = createWith(csiDriverPolicy, driver('a'));
  expect(made.warnings).toHaveLength(1);
  expect(updateWith(csiDriverPolicy, driver('a'), made.object).warnings).toEqual([]);
  expect(updateWith(csiDriverPolicy, driver('b'), made.object).warnings).toHaveLength(1);
});

it('a driver asks for a token of an audience once', () => {
  const tokenRequests = [{ audience: 'a' }, { audience: 'a', expirationSeconds: 1 }];
  expect(createWith(csiDriverPolicy, named({ spec: { tokenRequests } })).faults).toEqual([
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
  ]);
  expect(createWith(csiDriverPolicy, named({ spec: { serviceAccountTokenInSecrets: true } })).faults).toEqual([
    'spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
  ]);
});

it('an inline volume has none of what a volume of its own has', () => {
  const inlineVolumeSpec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, volumeMode: 'Block' };
  const spec = { attacher: 'a.io', nodeName: 'n', source: { inlineVolumeSpec } };
  const text = 'Forbidden: may not be specified in the context of inline volumes';
  const { faults } = createWith(volumeAttachmentPolicy, named({ spec }));
  expect(faults).toContain(`spec.source.inlineVolumeSpec.capacity: ${text}`);
  expect(faults).toContain(`spec.source.inlineVolumeSpec.volumeMode: ${text}`);
  expect(faults).toContain(
    'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
  );
});
