import { expect, it } from 'vitest';
import { admit, objectOf, pod, request } from '../../testing.js';
import { NamespaceLifecycle } from './namespace-lifecycle.js';

const plugin = new NamespaceLifecycle((name) => {
  if (name === 'going') return 'Terminating';
  return name === 'ns' ? 'Active' : undefined;
});

it('lets nothing be created in a namespace that is going or not there', async () => {
  await admit(plugin, request('/pods', pod()));
  await expect(admit(plugin, request('/pods', pod(), { namespace: 'going' }))).rejects.toMatchObject({
    code: 403,
    details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
  });
  await expect(admit(plugin, request('/pods', pod(), { namespace: 'x' }))).rejects.toThrow('namespaces "x" not found');
});

it('lets what is in a namespace that is going change, and reviews be asked', async () => {
  await admit(plugin, request('/pods', pod(), { namespace: 'going', operation: 'UPDATE' }));
  const review = request('authorization.k8s.io/localsubjectaccessreviews', objectOf({}), { namespace: 'going' });
  await admit(plugin, review);
});

it('keeps the namespaces of the system', async () => {
  const deletion = (name: string) => request('/namespaces', undefined, { operation: 'DELETE', name, namespace: name });
  await expect(admit(plugin, deletion('kube-system'))).rejects.toThrow('this namespace may not be deleted');
  await admit(plugin, deletion('ns'));
});
