import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { type Attributes, type AuthorizationResult, Authorizer } from './authorizer.js';

const NODES_GROUP = 'system:nodes';
const NODE_USER_PREFIX = 'system:node:';

/** The node a user speaks for, or undefined for everybody else. */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(NODE_USER_PREFIX) || !user.groups.includes(NODES_GROUP)) return undefined;
  const node = user.name.slice(NODE_USER_PREFIX.length);
  return node === '' ? undefined : node;
}

/**
 * --authorization-mode=Node. Allows a kubelet what needs no look at which objects its pods refer to: its own Node and Lease, and the reads,
 * reviews and events every kubelet needs. Whatever depends on that graph (secrets, configmaps, claims of its pods) gets no
 * opinion, so nothing is widened.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
export class NodeAuthorizer extends Authorizer {
  override authorize(attributes: Attributes): AuthorizationResult {
    const node = nodeOf(attributes.user);
    if (node === undefined || !attributes.resourceRequest || !allowedToNode(attributes, node)) {
      return { decision: 'noOpinion', reason: '' };
    }
    return { decision: 'allow', reason: '' };
  }

  override rulesFor(user: UserInfo) {
    return nodeOf(user) === undefined
      ? { resource: [], nonResource: [], incomplete: false }
      : {
          resource: [],
          nonResource: [],
          incomplete: true,
          evaluationError: 'node authorizer does not support user rule resolution',
        };
  }
}

/** Verbs by `group/resource[/subresource]` that every kubelet has on every object. */
const EVERY_NODE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    '/services': ['get', 'list', 'watch'],
    '/nodes': ['create', 'list', 'watch'],
    '/events': ['create', 'patch', 'update'],
    'events.k8s.io/events': ['create', 'patch', 'update'],
    'authentication.k8s.io/tokenreviews': ['create'],
    'authorization.k8s.io/subjectaccessreviews': ['create'],
    'authorization.k8s.io/localsubjectaccessreviews': ['create'],
    'certificates.k8s.io/certificatesigningrequests': ['create', 'get', 'list', 'watch'],
    'storage.k8s.io/csidrivers': ['get', 'list', 'watch'],
    'node.k8s.io/runtimeclasses': ['get', 'list', 'watch'],
  }).map(([resource, verbs]) => [resource, new Set(verbs)]),
);

const OWN_NODE_VERBS: ReadonlySet<string> = new Set(['get', 'update', 'patch']);
const OWN_LEASE_VERBS: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);
const NODE_LEASE_NAMESPACE = 'kube-node-lease';

function allowedToNode({ verb, group, resource, subresource, namespace, name }: Attributes, node: string): boolean {
  const what = `${group}/${resource}`;
  if (what === '/nodes' && name === node && (subresource === '' || subresource === 'status')) {
    return OWN_NODE_VERBS.has(verb);
  }
  if (what === 'coordination.k8s.io/leases' && namespace === NODE_LEASE_NAMESPACE) {
    return OWN_LEASE_VERBS.has(verb) && (name === node || verb === 'create') && subresource === '';
  }
  return subresource === '' && (EVERY_NODE.get(what)?.has(verb) ?? false);
}
