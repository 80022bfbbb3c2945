import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { validateObjectMeta } from '../../apimachinery/validation/object-meta.js';
import { Catalogue } from '../../apis/catalogue.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import { ResourceRegistry } from '../resource-registry.js';
import type { RestContext } from '../rest/context.js';

/** What specs of policies need: an environment without stores, and a context that forgets warnings. */
export const testEnvironment: () => PolicyEnvironment = () => ({
  now: () => Date.parse('2026-01-02T03:04:05Z'),
  random: Math.random,
  registry: new ResourceRegistry(),
  serviceClusterIpRange: ['10.0.0.0/24'],
  serviceNodePortRange: { from: 30000, to: 32767 },
  catalogue: new Catalogue(),
});

export const testContext: RestContext = {
  user: LOOPBACK_USER,
  namespace: 'default',
  warn: () => {},
  annotate: () => {},
};

/** Runs defaults, preparation and validation of a create as the generic store does; faults as `field: message`. */
export function createWith(policy: KindPolicy, object: KubeObject, version = 'v1') {
  const strategy = policy.strategy(testEnvironment());
  if (strategy.namespaced) object.metadata.namespace ??= 'default';
  policy.defaults?.[version]?.(object);
  strategy.prepareForCreate(testContext, object);
  const errors = [
    ...validateObjectMeta(object.metadata, {
      namespaced: strategy.namespaced,
      validateName: (name, prefix) => strategy.validateName(name, prefix),
    }),
    ...strategy.validateCreate(testContext, object),
  ];
  return {
    strategy,
    object,
    faults: errors.map(({ field, message }) => `${field}: ${message}`),
    warnings: strategy.warningsOnCreate(testContext, object),
  };
}

/** The same for an update of an object that {@link createWith} made. */
export function updateWith(policy: KindPolicy, object: KubeObject, old: Readonly<KubeObject>, version = 'v1') {
  const strategy = policy.strategy(testEnvironment());
  policy.defaults?.[version]?.(object);
  strategy.prepareForUpdate(testContext, object, old);
  const errors = strategy.validateUpdate(testContext, object, old);
  return {
    object,
    faults: errors.map(({ field, message }) => `${field}: ${message}`),
    warnings: strategy.warningsOnUpdate(testContext, object, old),
  };
}
