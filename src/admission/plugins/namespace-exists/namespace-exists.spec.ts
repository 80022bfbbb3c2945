import { expect, it } from 'vitest';
import { admit, objectOf, pod, request } from '../../testing.js';
import { NamespaceExists } from './namespace-exists.js';

const plugin = new NamespaceExists((name) => (name === 'ns' ? 'Terminating' : undefined));

it('lets changes pass in namespaces that are there, even on their way out', async () => {
  expect(await admit(plugin, request('/pods', pod()))).toBe(true);
});

it('answers 404 about the namespace elsewhere, deletions included', async () => {
  const gone = { namespace: 'gone', operation: 'DELETE' as const };
  await expect(admit(plugin, request('/pods', undefined, gone))).rejects.toThrow('namespaces "gone" not found');
});

it('does not stand in the way of new namespaces and of what has none', async () => {
  expect(await admit(plugin, request('/namespaces', objectOf({ name: 'new' }), { namespace: 'new' }))).toBe(false);
  expect(await admit(plugin, request('/nodes', objectOf({ name: 'n' }), { namespace: '' }))).toBe(false);
});
