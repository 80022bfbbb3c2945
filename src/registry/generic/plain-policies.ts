import { dns1123Subdomain, type NameRule } from '../../apimachinery/validation/names.js';
import type { KindPolicy } from '../kind-policy.js';
import { GenericStrategy, type KindTraits } from './generic-strategy.js';

/** What a policy that needs no code of its own says of its kind. */
export interface PlainKind extends Omit<KindTraits, 'kind' | 'namespaced'> {
  readonly resource: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  readonly defaults?: KindPolicy['defaults'];
  readonly nameRule?: NameRule;
}

export function plainPolicy(group: string, version: string, plain: PlainKind): KindPolicy {
  const { resource, kind, namespaced = true, defaults, ...traits } = plain;
  const all: KindTraits = { nameRule: dns1123Subdomain, ...traits, kind: { group, version, kind }, namespaced };
  return { group, resource, strategy: () => new GenericStrategy(all), ...(defaults && { defaults }) };
}
