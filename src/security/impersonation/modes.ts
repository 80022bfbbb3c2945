import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';

/** Extra of a service account's token: the node its pod runs on. */
const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name';
const ASSOCIATED_NODE_KEYS = 'authentication.kubernetes.io/associated-node-keys';

/** One way of being somebody else; '' is the oldest, which has a verb of its own and no constraints. */
export interface ImpersonationMode {
  readonly name: string;
  applies(wanted: UserInfo, requester: UserInfo): boolean;
  /** The requester as authorizers are asked about it, where that is not the requester itself. */
  requester?(requester: UserInfo): UserInfo;
  /** The node is asked for as `*`: the mode has made sure that it is the requester's own. */
  readonly anyNode?: boolean;
}

/** In the order in which they are tried. */
export const IMPERSONATION_MODES: readonly ImpersonationMode[] = [
  {
    name: 'associated-node',
    applies: (wanted, requester) => onlyName(wanted) && isOwnNode(wanted.name, requester),
    requester: (requester) => ({
      ...requester,
      extra: { [ASSOCIATED_NODE_KEYS]: Object.keys(requester.extra).sort() },
    }),
    anyNode: true,
  },
  { name: 'arbitrary-node', applies: (wanted) => onlyName(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => onlyName(wanted) && serviceAccountOf(wanted.name) !== undefined },
  {
    name: 'user-info',
    applies: ({ name }) => nodeOf(name) === undefined && serviceAccountOf(name) === undefined,
  },
  { name: '', applies: () => true },
];

function onlyName({ uid, groups, extra }: UserInfo): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

function isOwnNode(wanted: string, requester: UserInfo): boolean {
  const node = nodeOf(wanted);
  if (node === undefined || serviceAccountOf(requester.name) === undefined) return false;
  const nodes = requester.extra[NODE_NAME_KEY];
  return nodes?.length === 1 && nodes[0] === node;
}

/** Name of the node that a user name stands for. */
export function nodeOf(userName: string): string | undefined {
  const prefix = 'system:node:';
  if (!userName.startsWith(prefix)) return undefined;
  const name = userName.slice(prefix.length);
  return checkDns1123Subdomain(name).length === 0 ? name : undefined;
}

export function serviceAccountOf(userName: string): { namespace: string; name: string } | undefined {
  const prefix = 'system:serviceaccount:';
  if (!userName.startsWith(prefix)) return undefined;
  const [namespace = '', name = '', ...rest] = userName.slice(prefix.length).split(':');
  if (rest.length > 0 || checkDns1123Label(namespace).length > 0 || checkDns1123Subdomain(name).length > 0) {
    return undefined;
  }
  return { namespace, name };
}
