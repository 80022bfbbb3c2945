import { Informer } from '../../client/informer.js';
import type { ServerOptions } from '../../config/server-options.js';
import type { RegistrySecurity } from '../../registry/authorization/security-ports.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import {
  type BoundKind,
  type BoundObject,
  BoundObjectLookup,
} from '../../security/authentication/service-account/bound-objects.js';
import type { ObjectSource } from '../../security/authorization/rbac/rbac-policy-feed.js';
import type { PolicyKind } from '../../security/authorization/rbac/rbac-policy-index.js';
import type { Security } from '../../security/create-security.js';
import type { Collection, StoredObject } from '../../storage/storage.js';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const BOUND_RESOURCES: Readonly<Record<BoundKind, string>> = {
  ServiceAccount: 'serviceaccounts',
  Pod: 'pods',
  Secret: 'secrets',
  Node: 'nodes',
};

/** What tokens are bound to, looked up in the stores. The answer for an unchanged object is the same object. */
export class StoredBoundObjects extends BoundObjectLookup {
  private readonly known = new WeakMap<StoredObject, BoundObject>();

  constructor(private readonly registry: ResourceRegistry) {
    super();
  }

  find(kind: BoundKind, namespace: string, name: string): BoundObject | undefined {
    const collection = this.registry.find('', BOUND_RESOURCES[kind])?.store?.collection;
    const key = kind === 'Node' ? name : `${namespace}/${name}`;
    // What cannot be read vouches for nobody.
    const stored = collection?.corrupt(key) === undefined ? collection?.get(key) : undefined;
    if (stored === undefined) return undefined;
    let bound = this.known.get(stored);
    if (bound === undefined) {
      const { uid = '', deletionTimestamp } = stored.decode().metadata;
      bound = { uid, deletionTimestamp };
      this.known.set(stored, bound);
    }
    return bound;
  }
}

/** What policies of the registry ask security. */
export function registrySecurity(security: Security, options: ServerOptions): RegistrySecurity {
  return {
    access: security.authorizer,
    tokens: security.tokens,
    escalation: security.escalation,
    issuer: security.issuer,
    apiAudiences: options.apiAudiences,
    tokenExpirationSecondsMax: options.serviceAccountMaxTokenExpirationSeconds,
  };
}

/** The stored roles and bindings as the policy index follows them. */
export function policySources(registry: ResourceRegistry): Readonly<Record<PolicyKind, ObjectSource>> {
  const source = (resource: string): ObjectSource => {
    const collection = registry.find(RBAC_GROUP, resource)?.store?.collection;
    if (collection === undefined) throw new TypeError(`${resource}.${RBAC_GROUP} must be served before policy is read`);
    return follow(collection);
  };
  return {
    Role: source('roles'),
    ClusterRole: source('clusterroles'),
    RoleBinding: source('rolebindings'),
    ClusterRoleBinding: source('clusterrolebindings'),
  };
}

function follow(collection: Collection): ObjectSource {
  return {
    subscribe: ({ set, delete: remove }) => {
      const informer = new Informer(collection, {
        added: (object) => set(object.decode()),
        updated: (object) => set(object.decode()),
        deleted: (object) => remove(object.decode()),
      });
      informer.start();
      return () => informer.stop();
    },
  };
}
