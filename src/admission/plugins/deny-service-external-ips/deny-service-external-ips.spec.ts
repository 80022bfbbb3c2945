import { expect, it } from 'vitest';
import { admit, objectOf, request } from '../../testing.js';
import { DenyServiceExternalIPs } from './deny-service-external-ips.js';

const service = (...externalIPs: string[]) => objectOf({ name: 's' }, { spec: { externalIPs } });
const update = (now: string[], before: string[]) =>
  admit(
    new DenyServiceExternalIPs(),
    request('/services', service(...now), { operation: 'UPDATE', oldObject: service(...before) }),
  );

it('refuses new external addresses', async () => {
  const text = 'services "s" is forbidden: Use of external IPs is denied by admission control.';
  const create = request('/services', service('192.0.2.1'));
  await expect(admit(new DenyServiceExternalIPs(), create)).rejects.toThrow(text);
  await expect(update(['192.0.2.1', '192.0.2.2'], ['192.0.2.1'])).rejects.toThrow(text);
});

it('lets services without, and those that keep or lose some', async () => {
  await admit(new DenyServiceExternalIPs(), request('/services', objectOf({ name: 's' }, { spec: {} })));
  await update(['192.0.2.2'], ['192.0.2.1', '192.0.2.2']);
});
