import { expect, it } from 'vitest';
import { MemoryStorage } from '../../../test/support/memory-storage.js';
import type { CoreV1Service } from '../../apis/types.gen.js';
import { encodeContent } from '../../storage/content.js';
import { ServiceClaims } from './service-claims.js';

it('knows who holds what, as the store changes and while writes are under way', async () => {
  const none = { labels: {}, fields: {} };
  const services = await new MemoryStorage().open({
    collection: '/services',
    namespaced: true,
    attributesOf: () => none,
  });
  const claims = new ServiceClaims(() => services);
  const service: CoreV1Service = {
    metadata: { name: 'a', namespace: 'default' },
    spec: { type: 'NodePort', clusterIPs: ['10.0.0.50'], ports: [{ port: 80, nodePort: 30500 }] },
  };
  expect(claims.isTaken('10.0.0.50', 'default/b')).toBe(false);
  const stored = await services.create('default', 'a', encodeContent(service, none));
  expect(claims.isTaken('10.0.0.50', 'default/b')).toBe(true);
  expect(claims.isTaken(30500, 'default/b')).toBe(true);
  expect(claims.isTaken(30500, 'default/a')).toBe(false);

  claims.reserve('default/b', [30501]);
  expect(claims.isTaken(30501, 'default/c')).toBe(true);
  claims.settle('default/b');
  expect(claims.isTaken(30501, 'default/c')).toBe(false);

  await services.delete('default/a', stored.revision);
  claims.settle('default/a');
  expect(claims.isTaken('10.0.0.50', 'default/b')).toBe(false);
});
