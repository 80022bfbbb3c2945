import { StartError } from '../../config/start-error.js';
import type { Authorizer } from './authorizer.js';
import {
  AlwaysAllowAuthorizer,
  AlwaysDenyAuthorizer,
  PrivilegedGroupAuthorizer,
  UnionAuthorizer,
} from './authorizers.js';
import { NodeAuthorizer } from './node-authorizer.js';

/**
 * The authorizer for --authorization-mode: superusers first, then the modes in the order given.
 * @param rbac the one RBAC authorizer of the server
 * @throws StartError for an unknown mode, a repeated one, or none
 */
export function createAuthorizer(modes: readonly string[], rbac: Authorizer): UnionAuthorizer {
  if (modes.length === 0) throw new StartError('--authorization-mode: at least one authorization mode must be given');
  const chain: Authorizer[] = [new PrivilegedGroupAuthorizer()];
  for (const [i, mode] of modes.entries()) {
    if (modes.indexOf(mode) !== i)
      throw new StartError(`--authorization-mode: ${JSON.stringify(mode)} is given more than once`);
    chain.push(authorizerOf(mode, rbac));
  }
  return new UnionAuthorizer(chain);
}

function authorizerOf(mode: string, rbac: Authorizer): Authorizer {
  switch (mode) {
    case 'RBAC':
      return rbac;
    case 'Node':
      return new NodeAuthorizer();
    case 'AlwaysAllow':
      return new AlwaysAllowAuthorizer();
    case 'AlwaysDeny':
      return new AlwaysDenyAuthorizer();
    default:
      throw new StartError(
        `--authorization-mode: ${JSON.stringify(mode)} is not known; use RBAC, Node, AlwaysAllow or AlwaysDeny`,
      );
  }
}
