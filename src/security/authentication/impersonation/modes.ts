import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import { checkDns1123Subdomain } from '../../../apimachinery/validation/names.js';
import type { Attributes } from '../../authorization/authorizer.js';
import { NODE_NAME_EXTRA, splitServiceAccountUser } from '../service-account/user.js';
import type { WantedUser } from './wanted-user.js';

const NODE_PREFIX = 'system:node:';
const NODE_KEYS_EXTRA = 'authentication.kubernetes.io/associated-node-keys';

/**
 * A way of being allowed to impersonate. The constrained ones ask twice: may the requester do this while impersonating
 * (`impersonate-on:<name>:<verb>`), and may it impersonate this user (`impersonate:<name>`). The legacy one only asks the latter, with
 * the verb `impersonate`.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
export interface ImpersonationMode {
  /** '' for legacy impersonation. */
  readonly name: string;
  readonly verb: string;
  applies(wanted: WantedUser, requester: UserInfo): boolean;
  /** What is asked of the authorizer instead of the plain question; the associated node's questions hold for all nodes. */
  shape(attributes: Attributes): Attributes;
}

const asIs = (attributes: Attributes): Attributes => attributes;

function constrained(
  name: string,
  applies: ImpersonationMode['applies'],
  shape: ImpersonationMode['shape'] = asIs,
): ImpersonationMode {
  return { name, verb: `impersonate:${name}`, applies, shape };
}

/** In the order they are tried. */
export const IMPERSONATION_MODES: readonly ImpersonationMode[] = [
  constrained(
    'associated-node',
    (wanted, requester) => onlyNamed(wanted) && isAssociatedNode(requester, wanted.name),
    forAnyAssociatedNode,
  ),
  constrained('arbitrary-node', (wanted) => onlyNamed(wanted) && nodeName(wanted.name) !== undefined),
  constrained('serviceaccount', (wanted) => onlyNamed(wanted) && splitServiceAccountUser(wanted.name) !== undefined),
  constrained('user-info', ({ name }) => nodeName(name) === undefined && splitServiceAccountUser(name) === undefined),
  { name: '', verb: 'impersonate', applies: () => true, shape: asIs },
];

export function nodeName(user: string): string | undefined {
  if (!user.startsWith(NODE_PREFIX)) return undefined;
  const name = user.slice(NODE_PREFIX.length);
  return checkDns1123Subdomain(name).length === 0 ? name : undefined;
}

function onlyNamed({ uid, groups, extra }: WantedUser): boolean {
  return uid === '' && groups.length === 0 && extra.size === 0;
}

/** A service account whose token is tied to that node. */
function isAssociatedNode(requester: UserInfo, user: string): boolean {
  const node = nodeName(user);
  if (node === undefined || splitServiceAccountUser(requester.name) === undefined) return false;
  const own = requester.extra[NODE_NAME_EXTRA];
  return own?.length === 1 && own[0] === node;
}

function forAnyAssociatedNode(attributes: Attributes): Attributes {
  const { user, verb } = attributes;
  const extra = { [NODE_KEYS_EXTRA]: Object.keys(user.extra).sort() };
  const name = verb === 'impersonate:associated-node' ? '*' : attributes.name;
  return { ...attributes, user: { ...user, extra }, name };
}
