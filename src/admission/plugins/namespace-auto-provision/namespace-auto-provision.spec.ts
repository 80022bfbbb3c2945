import { expect, it } from 'vitest';
import { admit, objectOf, pod, request } from '../../testing.js';
import { NamespaceAutoProvision } from './namespace-auto-provision.js';

it('makes missing namespaces for what is created in them, and only then', async () => {
  const made: string[] = [];
  const plugin = new NamespaceAutoProvision(
    (name) => (name === 'there' ? 'Active' : undefined),
    async (name) => void made.push(name),
  );
  await admit(plugin, request('/pods', pod(), { namespace: 'missing' }));
  await admit(plugin, request('/pods', pod(), { namespace: 'there' }));
  await admit(plugin, request('/pods', pod(), { namespace: 'dry', dryRun: true }));
  await admit(plugin, request('/pods', pod(), { namespace: 'updated', operation: 'UPDATE' }));
  await admit(plugin, request('/namespaces', objectOf({ name: 'own' }), { namespace: 'own' }));
  expect(made).toEqual(['missing']);
});
