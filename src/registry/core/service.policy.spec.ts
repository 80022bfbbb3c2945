import { describe, expect, it } from 'vitest';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { createWith, testContext } from '../generic/testing.js';
import { servicePolicy } from './service.policy.js';
import { IpAllocator, PortAllocator } from './service-allocators.js';

const service = (spec: CoreV1ServiceSpec): CoreV1Service => ({ metadata: { name: 's', namespace: 'default' }, spec });

describe('a new service', () => {
  it('gets an address of the range and a target for each port', () => {
    const { object, strategy, faults } = createWith(servicePolicy, service({ ports: [{ port: 80 }] }));
    expect(faults).toEqual([]);
    strategy.beginCreate(testContext, object, false);
    const { spec } = object as CoreV1Service;
    expect(spec?.clusterIP).toMatch(/^10\.0\.0\.\d+$/);
    expect(spec).toMatchObject({
      clusterIPs: [spec?.clusterIP],
      type: 'ClusterIP',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('gets node ports where its type has them', () => {
    const { object, strategy } = createWith(
      servicePolicy,
      service({
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      }),
    );
    strategy.beginCreate(testContext, object, false);
    const ports = (object as CoreV1Service).spec?.ports?.map(({ nodePort }) => nodePort ?? 0) ?? [];
    expect(new Set(ports).size).toBe(2);
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(30000);
  });

  it('has no address when it only names another host', () => {
    const { object, strategy } = createWith(
      servicePolicy,
      service({ type: 'ExternalName', externalName: 'db.example.com' }),
    );
    strategy.beginCreate(testContext, object, false);
    expect((object as CoreV1Service).spec?.clusterIP).toBeUndefined();
  });

  it('does not get an address outside the range', () => {
    expect(() => createWith(servicePolicy, service({ clusterIP: '10.99.0.1', ports: [{ port: 1 }] }))).toThrow(
      'failed to allocate IP 10.99.0.1: the provided network does not match the current range',
    );
  });

  it('is refused families that the cluster has no range of, before all else', () => {
    const spec = { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack', sessionAffinity: 'Odd' };
    expect(() => createWith(servicePolicy, service(spec))).toThrow(
      'is invalid: [spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services, spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster]',
    );
  });

  it('shares a node port between protocols of one port, and no other', () => {
    const ports = [
      { name: 'a', port: 53 },
      { name: 'b', port: 53, protocol: 'UDP' },
      { name: 'c', port: 54 },
    ];
    const { object, strategy } = createWith(servicePolicy, service({ type: 'NodePort', ports }));
    strategy.beginCreate(testContext, object, false);
    const [tcp, udp, other] = (object as CoreV1Service).spec?.ports?.map(({ nodePort }) => nodePort) ?? [];
    expect(udp).toBe(tcp);
    expect(other).not.toBe(tcp);
    const twice = [
      { name: 'a', port: 1, nodePort: 30001 },
      { name: 'b', port: 2, nodePort: 30001 },
    ];
    expect(() => createWith(servicePolicy, service({ type: 'NodePort', ports: twice }))).toThrow(
      'spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated',
    );
  });

  it.each<[string, CoreV1ServiceSpec, string[]]>([
    ['no port', {}, ['spec.ports: Required value']],
    [
      'nameless ports',
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'a node port that its type has not',
      { ports: [{ port: 80, nodePort: 30001 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
  ])('is refused for %s', (_what, spec, faults) => {
    expect(createWith(servicePolicy, service(spec)).faults).toEqual(faults);
  });
});

describe('allocators', () => {
  it('give out every usable address once and then none', () => {
    const allocator = new IpAllocator('10.0.0.0/28');
    const taken = new Set<string>();
    for (
      let ip = allocator.next((a) => taken.has(a), Math.random);
      ip;
      ip = allocator.next((a) => taken.has(a), Math.random)
    ) {
      expect(taken.has(ip)).toBe(false);
      taken.add(ip);
    }
    expect(taken.size).toBe(14);
    expect(taken.has('10.0.0.0')).toBe(false);
    expect(taken.has('10.0.0.15')).toBe(false);
  });

  it('find the last free port', () => {
    const allocator = new PortAllocator({ from: 30000, to: 30002 });
    expect(
      allocator.next(
        (port) => port !== 30001,
        () => 0,
      ),
    ).toBe(30001);
    expect(
      allocator.next(
        () => true,
        () => 0,
      ),
    ).toBeUndefined();
  });
});
