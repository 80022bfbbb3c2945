import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Collection } from '../../storage/storage.js';
import { ServiceResolver } from './service-resolver.js';

const decoded = (value: object) => ({ decode: () => value as KubeObject });

function resolverOf(spec: object, ...slices: object[]): ServiceResolver {
  const service = decoded({ metadata: { name: 's' }, spec: { ports: [{ name: 'https', port: 443 }], ...spec } });
  return new ServiceResolver(
    {
      services: () => ({ get: () => service }) as unknown as Collection,
      endpointSlices: () =>
        ({ lastRevision: 1, list: () => ({ items: slices.map(decoded) }) }) as unknown as Collection,
    },
    true,
  );
}

const slice = (addressType: string, address: string, ports: object[], ready?: boolean) => ({
  addressType,
  ports,
  endpoints: [{ addresses: [address], conditions: { ready } }],
});
const PORTS = [{ name: 'https' }, { name: 'https', port: 8443 }];

it("goes to the service's first family of addresses where that has ready endpoints", () => {
  const v4 = slice('IPv4', '10.0.0.1', PORTS);
  const v6 = slice('IPv6', 'fd00::1', PORTS);
  const all = (families: string[], ...slices: object[]) => {
    const resolver = resolverOf({ ipFamilies: families }, ...slices);
    return [resolver.resolve('a', 's', 443), resolver.resolve('a', 's', 443)];
  };
  expect(all(['IPv6', 'IPv4'], v4, v6)).toEqual(['[fd00::1]:8443', '[fd00::1]:8443']);
  expect(all(['IPv4'], v6)).toEqual(['[fd00::1]:8443', '[fd00::1]:8443']);
  expect(all(['IPv4'], slice('IPv4', '10.0.0.1', PORTS, false), v6)[0]).toBe('[fd00::1]:8443');
});

it('a port without a number leads nowhere', () => {
  const resolver = resolverOf({}, slice('IPv4', '10.0.0.1', [{ name: 'https' }]));
  expect(() => resolver.resolve('a', 's', 443)).toThrow('no endpoints available for service "s"');
  expect(() => resolver.resolve('a', 's', 444)).toThrow('no service port 444 found for service "s"');
});
