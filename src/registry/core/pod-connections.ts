import {
  badRequest,
  internalError,
  invalid,
  plainError,
  type StatusError,
} from '../../apimachinery/errors/status-error.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { type Errors, NON_NEGATIVE_TEXT } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldForbidden, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Node, CoreV1Pod } from '../../apis/types.gen.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { SubresourceDefinition } from '../resource-definition.js';
import type { ResourceStore } from '../resource-store.js';
import { internalContext, type RestContext } from '../rest/context.js';
import type { ConnectAnswer, Connection } from '../rest/storage.js';
import { validateRoutable } from './service-validation.js';

/**
 * The subresources of pods and nodes that a kubelet answers. Everything on the way to it is decided here: whether pod,
 * container and node exist, and whether there is an address. Kubelets themselves are not connected to.
 * @see https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
 */

const STREAM_VERBS = ['create', 'get'];
const PROXY_VERBS = ['create', 'delete', 'get', 'patch', 'update'];
const POSITIVE_TEXT = 'must be greater than 0';
const KUBELET_PORT = 10250;
/** Which of a node's addresses is tried, the best first. */
const PREFERRED_ADDRESSES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];
const NOTHING: ConnectAnswer = { status: 204, contentType: '', body: Buffer.alloc(0) };

export function podConnections(pods: ResourceStore, environment: PolicyEnvironment): SubresourceDefinition[] {
  const find = async (ctx: RestContext, name: string): Promise<CoreV1Pod> =>
    (await pods.get(ctx, name)).value() as CoreV1Pod;
  const toNodeOf = (pod: CoreV1Pod): Promise<ConnectAnswer> => connectToNode(environment, hostOf(pod));
  const intoContainer: Connection = {
    verbs: STREAM_VERBS,
    open: async (ctx, name, { query }) => {
      const pod = await find(ctx, name);
      checkContainer(pod, query.get('container') ?? '');
      return toNodeOf(pod);
    },
  };
  const log: Connection = {
    verbs: ['get'],
    open: async (ctx, name, { query }) => {
      validateLogOptions(name, query);
      const pod = await find(ctx, name);
      checkContainer(pod, query.get('container') ?? '');
      // A pod that has no node yet has said nothing yet.
      return pod.spec?.nodeName ? toNodeOf(pod) : NOTHING;
    },
  };
  const portforward: Connection = {
    verbs: STREAM_VERBS,
    open: async (ctx, name) => toNodeOf(await find(ctx, name)),
  };
  const proxy: Connection = {
    verbs: PROXY_VERBS,
    open: async (ctx, id) => {
      const pod = await find(ctx, podNameOf(id));
      throw unreachable(proxyAddress(pod));
    },
  };
  const connections = { attach: intoContainer, exec: intoContainer, log, portforward, proxy };
  return Object.entries(connections).map(([name, connection]) => ({ name, storage: { connection } }));
}

/** The proxy of nodes leads to the kubelet's own pages. */
export function nodeConnections(environment: PolicyEnvironment): SubresourceDefinition[] {
  const open = (_ctx: RestContext, name: string): Promise<ConnectAnswer> => connectToNode(environment, name);
  return [{ name: 'proxy', storage: { connection: { verbs: PROXY_VERBS, open } } }];
}

/** @throws StatusError Invalid */
function validateLogOptions(pod: string, query: URLSearchParams): void {
  const errors: Errors = [];
  const atLeast = (name: string, min: number, text: string): void => {
    const value = numberOf(query, name);
    if (value !== undefined && value < min) errors.push(fieldInvalid(FieldPath.root(name), value, text));
  };
  atLeast('tailLines', 0, NON_NEGATIVE_TEXT);
  atLeast('limitBytes', 1, POSITIVE_TEXT);
  if (query.get('sinceSeconds') && query.get('sinceTime')) {
    errors.push(fieldForbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else {
    atLeast('sinceSeconds', 1, POSITIVE_TEXT);
  }
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors);
}

/** @throws StatusError BadRequest */
function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[-+]?[0-9]+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

const namesOf = (containers: readonly { name?: string }[] | null | undefined): string[] =>
  (containers ?? []).map(({ name = '' }) => name);

/** A container that is named must be the pod's; only a pod with a single one may leave it open. @throws StatusError BadRequest */
function checkContainer(pod: CoreV1Pod, wanted: string): void {
  const { containers, initContainers, ephemeralContainers } = pod.spec ?? {};
  const main = namesOf(containers);
  const init = namesOf(initContainers);
  const podName = pod.metadata.name;
  if (wanted !== '') {
    if ([...main, ...init, ...namesOf(ephemeralContainers)].includes(wanted)) return;
    throw badRequest(`container ${wanted} is not valid for pod ${podName}`);
  }
  if (main.length === 1) return;
  const choice = main.length === 0 ? '' : `, choose one of: [${main.join(' ')}]`;
  const more = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${podName}${choice}${more}`);
}

/** @throws StatusError BadRequest */
function hostOf(pod: CoreV1Pod): string {
  const node = pod.spec?.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
}

/** The pod of `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. @throws StatusError BadRequest */
function podNameOf(id: string): string {
  const parts = id.split(':');
  const [scheme, name] = parts.length === 3 ? parts : ['', parts[0]];
  if (parts.length > 3 || !name || !['', 'http', 'https'].includes(scheme ?? '')) {
    throw badRequest(`invalid pod request ${JSON.stringify(id)}`);
  }
  return name;
}

/** @throws StatusError BadRequest for pods without an address in the open network */
function proxyAddress({ status }: CoreV1Pod): string {
  const ip = status?.podIPs?.[0]?.ip ?? status?.podIP ?? '';
  const faults: Errors = [];
  if (ip !== '') validateRoutable(ip, FieldPath.root('ip'), faults);
  if (ip === '' || faults.length > 0) throw badRequest('address not allowed');
  return ip;
}

/** @throws StatusError NotFound for the node, 500 where it has no address or cannot be reached */
async function connectToNode(environment: PolicyEnvironment, name: string): Promise<ConnectAnswer> {
  const nodes = environment.registry.find('', 'nodes')?.store;
  if (nodes === undefined) throw internalError('nodes are not served');
  const { status } = (await nodes.get(internalContext(LOOPBACK_USER, ''), name)).value() as CoreV1Node;
  const addresses = status?.addresses ?? [];
  for (const type of PREFERRED_ADDRESSES) {
    const found = addresses.find((address) => address.type === type);
    if (found === undefined) continue;
    throw unreachable(`${found.address}:${status?.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT}`);
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
  throw plainError(`no preferred addresses found; known addresses: [${known}]`);
}

/** This server has no way into the network of nodes and pods. */
function unreachable(address: string): StatusError {
  return plainError(`error dialing backend: this server does not connect to ${address}`);
}
