import { internalError, plainError } from '../../../apimachinery/errors/status-error.js';
import { LOOPBACK_USER } from '../../../apimachinery/meta/user-info.js';
import type { CoreV1Node } from '../../../apis/types.gen.js';
import type { PolicyEnvironment } from '../../kind-policy.js';
import { internalContext } from '../../rest/context.js';

const KUBELET_PORT = 10250;
const PREFERRED_ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];

/** Where a node says that its kubelet listens. */
export interface KubeletLocation {
  readonly host: string;
  readonly port: number;
  /** What it says that it can do. */
  readonly features: readonly string[];
}

/**
 * The best of the addresses that a node has, by --kubelet-preferred-address-types, and the port of its status.
 * @throws StatusError NotFound for the node, 500 where it has no such address
 */
export async function kubeletLocation(environment: PolicyEnvironment, node: string): Promise<KubeletLocation> {
  const nodes = environment.registry.find('', 'nodes')?.store;
  if (nodes === undefined) throw internalError('nodes are not served');
  const { status } = (await nodes.get(internalContext(LOOPBACK_USER, ''), node)).value() as CoreV1Node;
  const addresses = status?.addresses ?? [];
  for (const type of environment.kubeletPreferredAddressTypes ?? PREFERRED_ADDRESS_TYPES) {
    const found = addresses.find((address) => address.type === type);
    if (found === undefined) continue;
    const port = status?.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT;
    return { host: found.address, port, features: status?.declaredFeatures ?? [] };
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
  throw plainError(`no preferred addresses found; known addresses: [${known}]`);
}
