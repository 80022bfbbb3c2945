import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
export interface CustomResourceDefinition extends KubeObject {
  spec: CrdSpec;
  status?: CrdStatus;
}

export interface CrdSpec extends JsonObject {
  group: string;
  names: CrdNames;
  scope: string;
  versions: CrdVersion[];
  conversion?: CrdConversion;
  preserveUnknownFields?: boolean;
}

export interface CrdNames extends JsonObject {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdVersion extends JsonObject {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: CrdValidation;
  subresources?: CrdSubresources;
  additionalPrinterColumns?: CrdColumn[];
  selectableFields?: CrdSelectableField[];
}

export interface CrdValidation extends JsonObject {
  openAPIV3Schema?: JsonObject;
}

export interface CrdSubresources extends JsonObject {
  status?: JsonObject;
  scale?: CrdScale;
}

export interface CrdScale extends JsonObject {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface CrdColumn extends JsonObject {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

export interface CrdSelectableField extends JsonObject {
  jsonPath: string;
}

export interface CrdConversion extends JsonObject {
  strategy: string;
  webhook?: WebhookConversion;
}

export interface WebhookConversion extends JsonObject {
  clientConfig?: WebhookClientConfig;
  conversionReviewVersions?: string[];
}

export interface WebhookClientConfig extends JsonObject {
  url?: string;
  service?: ServiceReference;
  /** PEM in base64. */
  caBundle?: string;
}

export interface ServiceReference extends JsonObject {
  namespace: string;
  name: string;
  path?: string;
  port?: number;
}

export interface CrdStatus extends JsonObject {
  conditions?: CrdCondition[] | null;
  acceptedNames: CrdNames;
  storedVersions?: string[];
}

export interface CrdCondition extends JsonObject {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

export const CRD_GROUP = 'apiextensions.k8s.io';
export const CRD_RESOURCE = 'customresourcedefinitions';
/** Keeps a deleted definition until the last of its objects is gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export function conditionOf(crd: Readonly<CustomResourceDefinition>, type: string): CrdCondition | undefined {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(crd: Readonly<CustomResourceDefinition>, type: string): boolean {
  return conditionOf(crd, type)?.status === 'True';
}

/**
 * The conditions with one set: an existing one keeps its place, and its transition time unless its status moves.
 * @param now RFC 3339
 */
export function withCondition(
  conditions: readonly CrdCondition[] | null | undefined,
  condition: { type: string; status: string; reason: string; message: string },
  now: string,
): CrdCondition[] {
  const existing = conditions?.find(({ type }) => type === condition.type);
  const kept = existing?.status === condition.status ? existing.lastTransitionTime : undefined;
  const { type, status, reason, message } = condition;
  const next: CrdCondition = { type, status, lastTransitionTime: kept ?? now, reason, message };
  if (existing === undefined) return [...(conditions ?? []), next];
  return (conditions ?? []).map((each) => (each === existing ? next : each));
}

/** Undefined where no version is stored, or a definition not yet validated has no versions at all. */
export function storageVersion(spec: CrdSpec | null | undefined): CrdVersion | undefined {
  return spec?.versions?.find((version) => version.storage);
}
