import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/ */
export interface ApiService extends KubeObject {
  spec: ApiServiceSpec;
  status?: ApiServiceStatus;
}

export interface ApiServiceSpec extends JsonObject {
  group?: string;
  version?: string;
  groupPriorityMinimum: number;
  versionPriority: number;
  /** Absent: this server serves the version itself. */
  service?: ApiServiceReference;
  /** PEM in base64. */
  caBundle?: string;
  insecureSkipTLSVerify?: boolean;
}

export interface ApiServiceReference extends JsonObject {
  namespace?: string;
  name?: string;
  port?: number;
}

export interface ApiServiceStatus extends JsonObject {
  conditions?: ApiServiceCondition[];
}

export interface ApiServiceCondition extends JsonObject {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export const API_SERVICE_GROUP = 'apiregistration.k8s.io';
export const API_SERVICE_RESOURCE = 'apiservices';
export const HTTPS_PORT = 443;
/** On an APIService: its Service is a Nest microservice, reached by the transport of this name. */
export const TRANSPORT_ANNOTATION = 'kubenest.io/microservice-transport';
export const GROUP_PRIORITY_MAX = 20_000;

/** What the Available condition says beside its time. */
export interface Availability {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const LOCAL_AVAILABILITY: Availability = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

export function isAvailable(service: Readonly<ApiService>): boolean {
  return service.status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ?? false;
}

/**
 * The status with its Available condition set; other conditions stay. The time moves only with the condition's status.
 * @param now RFC 3339
 */
export function withAvailability(
  status: ApiServiceStatus | undefined,
  availability: Availability,
  now: string,
): ApiServiceStatus {
  const conditions = status?.conditions ?? [];
  const existing = conditions.find(({ type }) => type === 'Available');
  const kept = existing?.status === availability.status ? existing.lastTransitionTime : undefined;
  const { status: value, reason, message } = availability;
  const next = { type: 'Available', status: value, lastTransitionTime: kept ?? now, reason, message };
  const others = conditions.map((each) => (each === existing ? next : each));
  return { ...status, conditions: existing === undefined ? [...others, next] : others };
}
