import { serviceUnavailable } from '../../../apimachinery/errors/status-error.js';
import type {
  CoreV1Pod,
  CoreV1Service,
  DiscoveryV1Endpoint,
  DiscoveryV1EndpointSlice,
} from '../../../apis/types.gen.js';
import type { PolicyEnvironment } from '../../kind-policy.js';
import type { SubresourceDefinition } from '../../resource-definition.js';
import type { ResourceStore } from '../../resource-store.js';
import type { RestContext } from '../../rest/context.js';
import type { Connection } from '../../rest/storage.js';
import { PROXY_METHODS, proxyOptions } from './pod-connections.js';
import { isProxyable, targetNameOf, urlOf } from './target-names.js';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The proxy of services leads to one of the pods behind a service, chosen by chance. */
export function serviceConnections(services: ResourceStore, environment: PolicyEnvironment): SubresourceDefinition[] {
  const proxy: Connection = {
    type: 'proxy',
    methods: PROXY_METHODS,
    options: proxyOptions('ServiceProxyOptions'),
    locate: async (ctx, id, { path, search }) => {
      const { scheme, name, port } = targetNameOf(id, 'service');
      const service = (await services.get(ctx, name)).value() as CoreV1Service;
      const portName = portNameOf(service, port);
      const { host, number } = await chooseEndpoint(environment, ctx, name, portName);
      return { url: urlOf(scheme, host, number, path + search), via: 'network' };
    },
  };
  return [{ name: 'proxy', storage: { connection: proxy } }];
}

/** A port may be given by its number. @throws StatusError ServiceUnavailable */
function portNameOf({ metadata, spec }: CoreV1Service, port: string): string {
  if (!/^[0-9]+$/.test(port)) return port;
  const found = (spec?.ports ?? []).find((each) => each.port === Number(port));
  if (found !== undefined) return found.name ?? '';
  throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(metadata.name)}`);
}

/** @throws StatusError ServiceUnavailable */
async function chooseEndpoint(
  environment: PolicyEnvironment,
  ctx: RestContext,
  service: string,
  portName: string,
): Promise<{ host: string; number: number }> {
  for (const slice of shuffled(slicesOf(environment, ctx.namespace, service), environment.random)) {
    for (const { name = '', port } of slice.ports ?? []) {
      if (name !== portName || !port) continue;
      for (const endpoint of shuffled(slice.endpoints ?? [], environment.random)) {
        const host = endpoint.addresses?.[0] ?? '';
        if (endpoint.conditions?.ready === false || !isProxyable(host)) continue;
        if (await isPodsOwn(environment, ctx, endpoint, host)) return { host, number: port };
      }
    }
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(service)}`);
}

function slicesOf({ registry }: PolicyEnvironment, namespace: string, service: string): DiscoveryV1EndpointSlice[] {
  const collection = registry.find('discovery.k8s.io', 'endpointslices')?.store?.collection;
  const page = collection?.list({
    namespace,
    exactLabels: [{ key: SERVICE_NAME_LABEL, value: service }],
    matches: ({ attributes }) => attributes.labels[SERVICE_NAME_LABEL] === service,
  });
  if (page === undefined || !('items' in page)) return [];
  return page.items.map((item) => item.decode() as DiscoveryV1EndpointSlice);
}

/** Endpoints written by hand may say anything: only an address that a pod of the namespace has is gone to. */
async function isPodsOwn(
  { registry }: PolicyEnvironment,
  ctx: RestContext,
  { targetRef }: DiscoveryV1Endpoint,
  host: string,
): Promise<boolean> {
  if (targetRef?.name === undefined || (targetRef.namespace ?? '') !== ctx.namespace) return false;
  const pod = registry.find('', 'pods')?.store?.find(`${ctx.namespace}/${targetRef.name}`);
  const { status } = (pod?.decode() ?? {}) as Partial<CoreV1Pod>;
  return (status?.podIPs ?? []).some(({ ip }) => ip === host);
}

/** In an order of chance. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const offset = Math.floor(random() * items.length);
  return [...items.slice(offset), ...items.slice(0, offset)];
}
