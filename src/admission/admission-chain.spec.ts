import { expect, it } from 'vitest';
import type { AdmissionPlugin } from './admission.js';
import { AdmissionChain } from './admission-chain.js';
import { builtinPlugins } from './builtin-plugins.js';
import { allowing, KnownObjects, objectOf, pod, request } from './testing.js';

function recording(name: string, seen: string[], slow: boolean): AdmissionPlugin {
  const note = (phase: string) => {
    seen.push(`${phase} ${name}`);
    return slow ? Promise.resolve() : undefined;
  };
  return { name, handles: () => true, mutate: () => note('mutate'), validate: () => note('validate') };
}

it('runs plugins in order, waiting for those that take time', async () => {
  const seen: string[] = [];
  const chain = new AdmissionChain([
    recording('a', seen, false),
    recording('b', seen, true),
    recording('c', seen, false),
  ]);
  await chain.mutate(request('/pods', pod()));
  await chain.validate(request('/pods', pod()));
  expect(seen).toEqual(['mutate a', 'mutate b', 'mutate c', 'validate a', 'validate b', 'validate c']);
});

it('answers at once where nothing takes time', () => {
  const chain = new AdmissionChain([recording('a', [], false)]);
  expect(chain.mutate(request('/pods', pod()))).toBeUndefined();
});

it('makes no promise for what no built-in plugin cares for', () => {
  const plugins = builtinPlugins({
    objects: new KnownObjects(),
    quotas: { write: () => Promise.resolve(true) },
    namespacePhase: () => 'Active',
    createNamespace: () => Promise.resolve(),
    resourceOfKind: () => undefined,
    authorizer: allowing(),
    nameSuffix: () => 'abcde',
    now: () => 0,
  }).filter(({ name }) => name !== 'AlwaysDeny');
  const chain = new AdmissionChain(plugins);
  const create = request('/configmaps', objectOf({ name: 'a' }));
  expect([chain.mutate(create), chain.validate(create)]).toEqual([undefined, undefined]);
});
