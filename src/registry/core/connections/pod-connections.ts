import { badRequest, invalid } from '../../../apimachinery/errors/status-error.js';
import { type Errors, NON_NEGATIVE_TEXT } from '../../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldForbidden, fieldInvalid } from '../../../apimachinery/validation/field-error.js';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import type { PolicyEnvironment } from '../../kind-policy.js';
import type { SubresourceDefinition } from '../../resource-definition.js';
import type { ResourceStore } from '../../resource-store.js';
import type { RestContext } from '../../rest/context.js';
import type { Connection, ConnectRequest, ConnectTarget } from '../../rest/storage.js';
import { kubeletLocation } from './kubelet-location.js';
import { booleanOf, integerOf, optionsObject, portsOf, timeOf } from './query-options.js';
import { isProxyable, targetNameOf, urlOf } from './target-names.js';

/**
 * The subresources of pods that are answered by the kubelet of the pod's node, or by the pod itself. Everything on the way is decided
 * here: whether pod, container and node exist, and which address is asked for what.
 * @see https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
 */

const STREAM_METHODS = ['GET', 'POST'];
export const PROXY_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
/** Declared by nodes whose kubelet takes all that clients say by WebSocket (KEP-4006). */
const WEB_SOCKETS_FEATURE = 'ExtendWebSocketsToKubelet';
const POSITIVE_TEXT = 'must be greater than 0';

export function podConnections(pods: ResourceStore, environment: PolicyEnvironment): SubresourceDefinition[] {
  const find = async (ctx: RestContext, name: string): Promise<CoreV1Pod> =>
    (await pods.get(ctx, name)).value() as CoreV1Pod;
  const kubelet = async (pod: CoreV1Pod, path: string, params: URLSearchParams): Promise<ConnectTarget> => {
    const { host, port, features } = await kubeletLocation(environment, hostOf(pod));
    const url = urlOf('https', host, port, params.size > 0 ? `${path}?${params}` : path);
    return { url, via: 'kubelet', takesWebSockets: features.includes(WEB_SOCKETS_FEATURE) };
  };
  const intoContainer = (name: 'attach' | 'exec', kind: string): Connection => ({
    type: 'stream',
    methods: STREAM_METHODS,
    options: ({ query }) => optionsObject(kind, streamOptions(query)),
    locate: async (ctx, podName, { query }) => {
      const pod = await find(ctx, podName);
      const container = containerOf(pod, query.get('container') ?? '');
      const path = `/${name}/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
      return kubelet(pod, path, streamParams(query));
    },
  });
  const portforward: Connection = {
    type: 'stream',
    methods: STREAM_METHODS,
    options: ({ query }) => optionsObject('PodPortForwardOptions', { ports: portsOf(query, 'ports') }),
    locate: async (ctx, name, { query }) => {
      const pod = await find(ctx, name);
      const ports = portsOf(query, 'ports');
      const params = new URLSearchParams(ports.length > 0 ? { port: ports.join(',') } : {});
      const path = `/portForward/${pod.metadata.namespace}/${pod.metadata.name}`;
      return kubelet(pod, path, params);
    },
  };
  const log: Connection = {
    type: 'log',
    methods: ['GET'],
    options: () => optionsObject('PodLogOptions', {}),
    locate: async (ctx, name, { query }) => {
      const params = logParams(name, query);
      const pod = await find(ctx, name);
      const container = containerOf(pod, query.get('container') ?? '');
      const via = booleanOf(query, 'insecureSkipTLSVerifyBackend') ? 'unverified kubelet' : 'kubelet';
      // A pod that has no node yet has said nothing yet.
      if (!pod.spec?.nodeName) return { url: undefined, via };
      const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
      return { ...(await kubelet(pod, path, params)), via };
    },
  };
  const proxy: Connection = {
    type: 'proxy',
    methods: PROXY_METHODS,
    options: proxyOptions('PodProxyOptions'),
    locate: async (ctx, id, request) => podTarget(await find(ctx, targetNameOf(id, 'pod').name), id, request),
  };
  const connections = {
    attach: intoContainer('attach', 'PodAttachOptions'),
    exec: intoContainer('exec', 'PodExecOptions'),
    log,
    portforward,
    proxy,
  };
  return Object.entries(connections).map(([name, connection]) => ({ name, storage: { connection } }));
}

export function proxyOptions(kind: string): Connection['options'] {
  return ({ path }) => optionsObject(kind, { path });
}

/** The pod itself: at the port asked for, or the first that it declares. @throws StatusError BadRequest */
function podTarget(pod: CoreV1Pod, id: string, { path, search }: ConnectRequest): ConnectTarget {
  const { scheme, port } = targetNameOf(id, 'pod');
  const declared = (pod.spec?.containers ?? []).find(({ ports }) => (ports ?? []).length > 0)?.ports?.[0];
  const ip = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '';
  if (!isProxyable(ip)) throw badRequest('address not allowed');
  return { url: urlOf(scheme, ip, port || (declared?.containerPort ?? ''), path + search), via: 'network' };
}

function streamOptions(query: URLSearchParams) {
  return {
    stdin: booleanOf(query, 'stdin'),
    stdout: booleanOf(query, 'stdout'),
    stderr: booleanOf(query, 'stderr'),
    tty: booleanOf(query, 'tty'),
    container: query.get('container') ?? '',
    command: query.getAll('command'),
  };
}

/** The same in the kubelet's words. */
function streamParams(query: URLSearchParams): URLSearchParams {
  const { stdin, stdout, stderr, tty, command } = streamOptions(query);
  const params = new URLSearchParams();
  for (const part of command) params.append('command', part);
  const wanted = { error: stderr, input: stdin, output: stdout, tty };
  for (const [name, isWanted] of Object.entries(wanted)) if (isWanted) params.set(name, '1');
  return params;
}

/** What of the options a kubelet is told. @throws StatusError Invalid, BadRequest */
function logParams(pod: string, query: URLSearchParams): URLSearchParams {
  const errors: Errors = [];
  const params = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps']) if (booleanOf(query, name)) params.set(name, 'true');
  const atLeast = (name: string, min: number, text: string): void => {
    const value = integerOf(query, name);
    if (value === undefined) return;
    if (value < min) errors.push(fieldInvalid(FieldPath.root(name), value, text));
    params.set(name, String(value));
  };
  const sinceTime = timeOf(query, 'sinceTime');
  atLeast('tailLines', 0, NON_NEGATIVE_TEXT);
  atLeast('limitBytes', 1, POSITIVE_TEXT);
  if (query.get('sinceSeconds') && sinceTime !== undefined) {
    errors.push(fieldForbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else {
    atLeast('sinceSeconds', 1, POSITIVE_TEXT);
  }
  // Of the feature PodLogsQuerySplitStreams, which is off by default.
  if (query.has('stream')) errors.push(fieldForbidden(FieldPath.root('stream'), 'may not be specified'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors);
  if (sinceTime !== undefined) params.set('sinceTime', sinceTime);
  return params;
}

const namesOf = (containers: readonly { name?: string }[] | null | undefined): string[] =>
  (containers ?? []).map(({ name = '' }) => name);

/** The container that is named, or the only one. @throws StatusError BadRequest */
function containerOf(pod: CoreV1Pod, wanted: string): string {
  const main = namesOf(pod.spec?.containers);
  const all = [...namesOf(pod.spec?.initContainers), ...main, ...namesOf(pod.spec?.ephemeralContainers)];
  const podName = pod.metadata.name;
  if (wanted !== '') {
    if (all.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${podName}`);
  }
  if (main.length === 1) return main[0]!;
  const choice = main.length === 0 ? '' : `, choose one of: [${all.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${podName}${choice}`);
}

/** @throws StatusError BadRequest */
function hostOf(pod: CoreV1Pod): string {
  const node = pod.spec?.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
}
