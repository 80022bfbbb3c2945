import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { parseFieldSelector } from '../../apimachinery/selectors/field-selector.js';
import { type Attributes, type AuthorizationResult, Authorizer } from './authorizer.js';

const NODES_GROUP = 'system:nodes';
const NODE_USER_PREFIX = 'system:node:';

/** The node a user speaks for, or undefined for everybody else. */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(NODE_USER_PREFIX) || !user.groups.includes(NODES_GROUP)) return undefined;
  const node = user.name.slice(NODE_USER_PREFIX.length);
  return node === '' ? undefined : node;
}

const ALLOW: AuthorizationResult = { decision: 'allow', reason: '' };
const NO_OPINION: AuthorizationResult = { decision: 'noOpinion', reason: '' };
const because = (reason: string): AuthorizationResult => ({ decision: 'noOpinion', reason: `node: ${reason}` });

/**
 * --authorization-mode=Node. Allows a kubelet what needs no look at which objects its pods refer to: its own Node, CSINode and Lease,
 * the lists that ask for its own pods and devices, and the reads, reviews and events every kubelet needs. Whatever depends on that graph
 * (secrets, configmaps, claims of its pods), and writes that NodeRestriction would have to bound, get no opinion, so nothing is widened.
 * Refusals say why in upstream's words.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
export class NodeAuthorizer extends Authorizer {
  override authorize(attributes: Attributes): AuthorizationResult {
    const node = nodeOf(attributes.user);
    if (node === undefined || !attributes.resourceRequest) return NO_OPINION;
    const rule = OWN_RULES.get(`${attributes.group}/${attributes.resource}`);
    if (rule !== undefined) return rule(attributes, node);
    return everyNode(attributes) ? ALLOW : NO_OPINION;
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

const READ = ['get', 'list', 'watch'];

/** Verbs by `group/resource` that every kubelet has on every object. */
const EVERY_NODE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    '/services': READ,
    '/events': ['create', 'patch', 'update'],
    'events.k8s.io/events': ['create', 'patch', 'update'],
    'authentication.k8s.io/tokenreviews': ['create'],
    'authorization.k8s.io/subjectaccessreviews': ['create'],
    'authorization.k8s.io/localsubjectaccessreviews': ['create'],
    'certificates.k8s.io/certificatesigningrequests': ['create', ...READ],
    'storage.k8s.io/csidrivers': READ,
    'node.k8s.io/runtimeclasses': READ,
  }).map(([resource, verbs]) => [resource, new Set(verbs)]),
);

const everyNode = ({ group, resource, subresource, verb }: Attributes): boolean =>
  subresource === '' && (EVERY_NODE.get(`${group}/${resource}`)?.has(verb) ?? false);

type Rule = (attributes: Attributes, node: string) => AuthorizationResult;

const unrelated = (node: string) => because(`no relationship found between node '${node}' and this object`);

/** An object that only pods of the node may lead to. */
const related: Rule = ({ name }, node) => (name === '' ? because('No Object name found') : unrelated(node));

const readsRelated: Rule = (attributes, node) => {
  const { verb, subresource, namespace } = attributes;
  if (!READ.includes(verb)) return because('can only read resources of this type');
  if (subresource !== '') return because('cannot read subresource');
  return namespace === '' ? because('can only read namespaced object of this type') : related(attributes, node);
};

const getsRelated: Rule = (attributes, node) => {
  if (attributes.verb !== 'get') return because('can only get individual resources of this type');
  return attributes.subresource !== '' ? because('cannot get subresource') : related(attributes, node);
};

const claims: Rule = (attributes, node) => {
  if (attributes.subresource !== 'status') return getsRelated(attributes, node);
  const writes = attributes.verb === 'update' || attributes.verb === 'patch';
  return writes ? related(attributes, node) : because('can only get/update/patch this type');
};

const serviceAccounts: Rule = (attributes, node) => {
  const { verb, subresource, name } = attributes;
  if (verb === 'get' && subresource === '') return readsRelated(attributes, node);
  if (verb !== 'create' || name === '') return because('can only create tokens for individual service accounts');
  return subresource === 'token' ? unrelated(node) : because('can only create token subresource of serviceaccount');
};

const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete'];
const NODE_LEASE_NAMESPACE = 'kube-node-lease';

const leases: Rule = ({ verb, namespace, name, subresource }, node) => {
  if (!OWN_VERBS.includes(verb)) return because('can only get, create, update, patch, or delete a node lease');
  if (namespace !== NODE_LEASE_NAMESPACE) {
    return because(`can only access leases in the "${NODE_LEASE_NAMESPACE}" system namespace`);
  }
  if (verb !== 'create' && name !== node) {
    return because('can only access node lease with the same name as the requesting node');
  }
  return subresource === '' ? ALLOW : NO_OPINION;
};

const csiNodes: Rule = ({ verb, name, subresource }, node) => {
  if (subresource === 'status') return because('CSINode status access requires CSIVolumeHealth feature');
  if (subresource !== '') return because('cannot authorize CSINode subresources');
  if (!OWN_VERBS.includes(verb)) return because('can only get, create, update, patch, or delete a CSINode');
  const own = verb === 'create' || name === node;
  return own ? ALLOW : because('can only access CSINode with the same name as the requesting node');
};

/** Its own node it may write. Nodes of others upstream leaves to NodeRestriction; here nobody would stop it. */
const nodes: Rule = ({ verb, name, subresource }, node) => {
  const writes = verb === 'update' || verb === 'patch';
  if (subresource === 'status') return writes && name === node ? ALLOW : NO_OPINION;
  if (subresource !== '') return NO_OPINION;
  if (verb === 'create' || (writes && name === node)) return ALLOW;
  if (!READ.includes(verb)) return NO_OPINION;
  if (name === node) return ALLOW;
  const what = name === '' ? 'all nodes' : `'${name}'`;
  return because(`node '${node}' cannot read ${what}, only its own Node object`);
};

/** @param field what the list or watch has to be narrowed to */
const asksFor = ({ fieldSelector = '' }: Attributes, field: string, node: string): boolean => {
  try {
    return parseFieldSelector(fieldSelector).exact.some(({ key, value }) => key === field && value === node);
  } catch {
    // What cannot be read narrows nothing; the request itself is refused later.
    return false;
  }
};

const pods: Rule = (attributes, node) => {
  const { verb, name, subresource } = attributes;
  if (subresource !== '') return NO_OPINION;
  if (verb === 'get') return getsRelated(attributes, node);
  if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (asksFor(attributes, 'spec.nodeName', node)) return ALLOW;
  return name === '' ? because('can only list/watch pods with spec.nodeName field selector') : unrelated(node);
};

const OWN_RULES: ReadonlyMap<string, Rule> = new Map([
  ['/secrets', readsRelated],
  ['/configmaps', readsRelated],
  ['/persistentvolumeclaims', claims],
  ['/persistentvolumes', getsRelated],
  ['resource.k8s.io/resourceclaims', getsRelated],
  ['storage.k8s.io/volumeattachments', getsRelated],
  ['/serviceaccounts', serviceAccounts],
  ['coordination.k8s.io/leases', leases],
  ['storage.k8s.io/csinodes', csiNodes],
  ['/nodes', nodes],
  ['/pods', pods],
]);
