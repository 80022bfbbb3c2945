import { isJsonObject } from '../../apimachinery/meta/json.js';
import { SYSTEM_MASTERS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import {
  type ApiService,
  type Availability,
  HTTPS_PORT,
  LOCAL_AVAILABILITY,
} from '../../registry/apiregistration/api-service.js';
import { type Backend, BackendError, discard } from './backends/backend.js';
import { identityHeaders } from './identity-headers.js';
import { portOf, readyAddresses, type ServiceResolver } from './service-resolver.js';

/** Who the aggregation layer is to backends when it asks for itself. */
export const AGGREGATOR_USER: UserInfo = {
  name: 'system:kube-aggregator',
  uid: '',
  groups: [SYSTEM_MASTERS],
  extra: {},
};

const PROBE_TIMEOUT_MS = 5_000;
/** Probes of one check: one success among them is enough. */
const PROBES = 5;

const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

const no = (reason: string, message: string): Availability => ({ status: 'False', reason, message });

/**
 * Whether an APIService can be reached now: its Service, that Service's port and endpoints, and an answer to its version document.
 * Never throws for what is wrong outside.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/setup-extension-api-server/
 */
export async function checkAvailability(
  service: Readonly<ApiService>,
  backend: Backend | undefined,
  resolver: ServiceResolver,
): Promise<Availability> {
  if (backend === undefined || service.spec.service === undefined) return LOCAL_AVAILABILITY;
  return checkService(service, resolver) ?? (await checkDiscovery(service, backend));
}

function checkService(service: Readonly<ApiService>, resolver: ServiceResolver): Availability | undefined {
  const { namespace = '', name = '', port = HTTPS_PORT } = service.spec.service ?? {};
  const label = `service/${name} in ${JSON.stringify(namespace)}`;
  const found = resolver.service(namespace, name);
  if (found === undefined) return no('ServiceNotFound', `${label} is not present`);
  const spec = isJsonObject(found['spec']) ? found['spec'] : {};
  if ((spec['type'] ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const servicePort = portOf(spec, port);
  if (servicePort === undefined) return no('ServicePortError', `${label} is not listening on port ${port}`);
  const slices = resolver.endpointSlices(namespace, name);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${label}`);
  const portName = String(servicePort['name'] ?? '');
  if (readyAddresses(slices, portName).length > 0) return undefined;
  const text = `endpointslices for ${label} have no addresses with port name ${JSON.stringify(portName)}`;
  return no('MissingEndpoints', text);
}

/** Probes run at the same time; the first success decides, else the last failure tells. */
async function checkDiscovery(service: Readonly<ApiService>, backend: Backend): Promise<Availability> {
  const { group = '', version = '' } = service.spec;
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const probes = Array.from({ length: PROBES }, () => probe(backend, path));
  try {
    await Promise.any(probes);
    return PASSED;
  } catch (error) {
    const last = error instanceof AggregateError ? error.errors.at(-1) : error;
    return no('FailedDiscoveryCheck', last instanceof Error ? last.message : String(last));
  }
}

async function probe(backend: Backend, path: string): Promise<void> {
  let url = path;
  try {
    url = backend.urlOf(path);
    const answer = await backend.send({
      method: 'GET',
      url: path,
      headers: identityHeaders(AGGREGATOR_USER),
      body: undefined,
      headersTimeoutMs: PROBE_TIMEOUT_MS,
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    discard(answer.body);
    if (answer.status >= 200 && answer.status <= 299) return;
    throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${answer.status}`);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.unresolved) throw new Error(error.message, { cause: error });
    throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${error.message}`, {
      cause: error,
    });
  }
}
