import { describe, expect, it } from 'vitest';
import type { KubeObject, OwnerReference } from '../apimachinery/meta/object.js';
import { mutateWithOwners } from './owner-references.js';

const owner = (name: string, uid: string): OwnerReference => ({ apiVersion: 'v1', kind: 'Pod', name, uid });

async function kept(...ownerReferences: OwnerReference[]) {
  const warnings: string[] = [];
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ownerReferences } } as KubeObject;
  const context = { warn: (text: string) => warnings.push(text) };
  const info = { namespace: 'n', name: 'a', subresource: '' };
  const definition = { group: '', resource: 'configmaps' };
  const scope = { request: { context, info }, kind: {}, definition, version: { version: 'v1' } };
  const env = { admission: { mutate: async () => {} } };
  type Parts = Parameters<typeof mutateWithOwners>;
  const parts = { object, oldObject: undefined, options: {}, dryRun: false } as unknown as Parts[3];
  await mutateWithOwners(scope as unknown as Parts[0], env as unknown as Parts[1], 'CREATE', parts);
  return { owners: object.metadata.ownerReferences, warnings };
}

describe('owners named twice', () => {
  it('are kept once, with a warning that lists each repetition', async () => {
    const { owners, warnings } = await kept(owner('a', '1'), owner('a', '1'), owner('b', '2'), owner('a', '1'));
    expect(owners).toEqual([owner('a', '1'), owner('b', '2')]);
    expect(warnings).toEqual([expect.stringMatching(/duplicate UID\(s\) observed: 1, 1$/)]);
  });

  it('are both kept where only their UID is the same', async () => {
    const { owners, warnings } = await kept(owner('a', '1'), owner('b', '1'));
    expect({ owners, warnings }).toEqual({ owners: [owner('a', '1'), owner('b', '1')], warnings: [] });
  });
});
