import { describe, expect, it } from 'vitest';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { testContext, testEnvironment } from '../generic/testing.js';
import { servicePolicy } from './service.policy.js';

type Spec = CoreV1ServiceSpec;

/** A strategy over these ranges, and services that have gone through it as through the generic store. */
function cluster(...serviceClusterIpRange: string[]) {
  const strategy = servicePolicy.strategy({ ...testEnvironment(), serviceClusterIpRange });
  const service = (spec: Spec): CoreV1Service => {
    const object: CoreV1Service = { metadata: { name: 's', namespace: 'n' }, spec: structuredClone(spec) };
    servicePolicy.defaults!['v1']!(object);
    return object;
  };
  const text = (faults: { field: string; message: string }[]) =>
    faults.map(({ field, message }) => `${field}: ${message}`);
  return {
    create(spec: Spec) {
      const object = service(spec);
      strategy.prepareForCreate(testContext, object);
      const faults = text(strategy.validateCreate(testContext, object));
      strategy.beginCreate(testContext, object, false);
      return { spec: object.spec!, object, faults, warnings: strategy.warningsOnCreate(testContext, object) };
    },
    update(old: CoreV1Service, spec: Spec) {
      const object = { ...service(spec), metadata: { ...old.metadata, resourceVersion: '1' } };
      strategy.prepareForUpdate(testContext, object, old);
      return { spec: object.spec!, object, faults: text(strategy.validateUpdate(testContext, object, old)) };
    },
  };
}

const PORTS = { ports: [{ port: 80 }] };
const single = () => cluster('10.0.0.0/24');
const dual = () => cluster('10.0.0.0/24', 'fd00::/112');

describe('a service of two families', () => {
  it('gets an address of each where it asks for them', () => {
    const { spec } = dual().create({ ...PORTS, ipFamilyPolicy: 'PreferDualStack' });
    expect(spec.ipFamilies).toEqual(['IPv4', 'IPv6']);
    expect(spec.clusterIPs?.map((ip) => ip.includes(':'))).toEqual([false, true]);
    expect(dual().create(PORTS).spec.ipFamilies).toEqual(['IPv4']);
  });

  it('takes the second on and lets it go with its policy', () => {
    const { create, update } = dual();
    const old = create(PORTS);
    const both = update(old.object, { ...old.spec, ipFamilyPolicy: 'RequireDualStack' });
    expect(both.faults).toEqual([]);
    expect(both.spec.clusterIPs).toEqual([old.spec.clusterIP, expect.stringContaining(':')]);
    const one = update(both.object, { ...both.spec, ipFamilyPolicy: 'SingleStack' });
    expect(one.faults).toEqual([]);
    expect(one.spec).toMatchObject({ clusterIPs: [old.spec.clusterIP], ipFamilies: ['IPv4'] });
    const reduced = { ...both.spec, clusterIPs: [old.spec.clusterIP!], ipFamilies: ['IPv4'] };
    expect(() => update(both.object, reduced)).toThrow("must be 'SingleStack' to release the secondary cluster IP");
  });

  it('needs a policy for them', () => {
    expect(() => dual().create({ ...PORTS, ipFamilies: ['IPv4', 'IPv6'] })).toThrow(
      "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    );
    expect(() => single().create({ ...PORTS, clusterIP: 'fd00::5' })).toThrow(
      'spec.clusterIPs[0]: Invalid value: ["fd00::5"]: IPv6 is not configured on this cluster',
    );
  });
});

describe('a changed service', () => {
  it('keeps node ports by the names of its ports', () => {
    const { create, update } = single();
    const old = create({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    });
    const [a, b] = old.spec.ports!.map(({ nodePort }) => nodePort);
    const { spec, faults } = update(old.object, {
      type: 'NodePort',
      ports: [
        { name: 'b', port: 99 },
        { name: 'a', port: 80 },
      ],
    });
    expect(faults).toEqual([]);
    expect(spec.ports!.map(({ nodePort }) => nodePort)).toEqual([b, a]);
  });

  it('lets go of what only the old type had', () => {
    const { create, update } = single();
    const old = create({ ...PORTS, type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerClass: 'a/b' });
    expect(old.spec.healthCheckNodePort).toBeGreaterThan(0);
    const { spec, faults } = update(old.object, { ...old.spec, type: 'ClusterIP' });
    expect(faults).toEqual([]);
    for (const name of [
      'healthCheckNodePort',
      'loadBalancerClass',
      'externalTrafficPolicy',
      'allocateLoadBalancerNodePorts',
    ]) {
      expect(spec[name]).toBeUndefined();
    }
    expect(spec.ports![0]!.nodePort).toBeUndefined();
    const named = update(old.object, { ...old.spec, type: 'ExternalName', externalName: 'h' });
    expect(named.faults).toEqual([]);
    expect(named.spec).toMatchObject({ type: 'ExternalName' });
    expect(named.spec.clusterIPs).toBeUndefined();
  });

  it('keeps the port that its health is asked at', () => {
    const { create, update } = single();
    const old = create({ ...PORTS, type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
    const { spec } = update(old.object, { ...PORTS, type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
    expect(spec.healthCheckNodePort).toBe(old.spec.healthCheckNodePort);
    expect(update(old.object, { ...old.spec, healthCheckNodePort: 31999 }).faults).toContain(
      'spec.healthCheckNodePort: Forbidden: field is immutable',
    );
  });

  it('keeps addresses in an old form, takes none anew', () => {
    const { create, update } = single();
    expect(create({ ...PORTS, externalIPs: ['192.0.2.007'] }).faults).toEqual([
      'spec.externalIPs[0]: Invalid value: "192.0.2.007": must not have leading 0s',
    ]);
    const old = create(PORTS);
    old.spec.externalIPs = ['192.0.2.007'];
    expect(update(old.object, { ...old.spec }).faults).toEqual([]);
  });
});

describe('ranges of a load balancer', () => {
  const ranges = (loadBalancerSourceRanges: string[], type = 'LoadBalancer') =>
    single().create({ ...PORTS, type, loadBalancerSourceRanges });

  it('are whole ranges', () => {
    expect(ranges(['10.0.0.0/8', ' 192.0.2.0/24 ']).faults).toEqual([]);
    expect(ranges(['10.0.0.1/8']).faults).toEqual([
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    ]);
    expect(ranges(['10.0.0.0/8'], 'ClusterIP').faults).toEqual([
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ]);
  });
});

it('services are found by their address and type', () => {
  const strategy = servicePolicy.strategy(testEnvironment());
  const service: CoreV1Service = { metadata: { name: 's' }, spec: { clusterIP: '10.0.0.9', type: 'NodePort' } };
  expect(strategy.selectableFields(service)).toEqual({ 'spec.clusterIP': '10.0.0.9', 'spec.type': 'NodePort' });
});

describe('warnings of a service', () => {
  it.each<[string, Spec, string[]]>([
    ['nothing odd', PORTS, []],
    ['a headless one', { clusterIP: 'None' }, []],
    [
      'a headless one with affinity',
      { clusterIP: 'None', sessionAffinity: 'ClientIP' },
      ['spec.SessionAffinity is ignored for headless services'],
    ],
    [
      'a name that is not used',
      { ...PORTS, externalName: 'h' },
      ['spec.externalName is ignored when spec.type is not "ExternalName"'],
    ],
    [
      'the older word for a zone',
      { ...PORTS, trafficDistribution: 'PreferClose' },
      ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
    ],
  ])('with %s', (_what, spec, warnings) => {
    expect(single().create(spec).warnings).toEqual(warnings);
  });
});
