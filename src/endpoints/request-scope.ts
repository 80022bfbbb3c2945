import { resourceNotFound, StatusError } from '../apimachinery/errors/status-error.js';
import { formatGroupVersion, type GroupResource, type GroupVersionKind } from '../apimachinery/meta/group-version.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { KnownKinds } from '../registry/known-kinds.js';
import type { WireTypes } from '../registry/registry.module.js';
import type {
  ObjectCodec,
  ResourceDefinition,
  ResourceVersion,
  SubresourceDefinition,
} from '../registry/resource-definition.js';
import type { Lookup } from '../registry/resource-registry.js';
import type { RestStorage } from '../registry/rest/storage.js';
import type { ApiRequest } from './api-request.js';

/** Everything a verb's handler needs to know about what a request is about. */
export interface RequestScope {
  readonly request: ApiRequest;
  readonly definition: ResourceDefinition;
  readonly version: ResourceVersion;
  readonly subresource: SubresourceDefinition | undefined;
  readonly storage: RestStorage;
  /** Kind of the bodies and answers. */
  readonly kind: GroupVersionKind;
  /** `apps/v1` of that kind. */
  readonly apiVersion: string;
  readonly codec: ObjectCodec;
  /** True where bodies and answers are the resource itself, so that versions are converted to and from the hub. */
  readonly whole: boolean;
  /** For messages and admission. */
  readonly resource: GroupResource;
  readonly isKnownKind: KnownKinds;
  readonly wire: WireTypes;
  /** Whether the server reads and writes CBOR. */
  readonly cbor: boolean;
}

/** What every scope shares. */
export type ScopeTypes = Pick<RequestScope, 'isKnownKind' | 'wire' | 'cbor'>;

/** Resource, name, subresource: only a proxy takes more. */
const PARTS_MAX = 3;

/** @throws StatusError 404 where the resource has no such subresource in this version, or the path is of the other scope */
export function scopeOf(request: ApiRequest, lookup: Lookup, types: ScopeTypes): RequestScope {
  const { served, version } = lookup;
  const { definition } = served;
  const { info } = request;
  const subresource = info.subresource === '' ? undefined : served.subresources.get(info.subresource);
  if (info.subresource !== '' && (subresource === undefined || !isServed(subresource, version.version))) {
    throw resourceNotFound();
  }
  if (info.parts.length > PARTS_MAX && !definition.custom && info.subresource !== 'proxy') throw resourceNotFound();
  if (!definition.namespaced && info.namespace !== '' && definition.resource !== 'namespaces') throw resourceNotFound();
  // The name in the path; a list takes `info.name` from its field selector.
  if (definition.namespaced && info.namespace === '' && (info.parts[1] ?? '') !== '') throw resourceNotFound();
  const own = subresource?.kind;
  const kind = own ?? { group: definition.group, version: version.version, kind: definition.kind };
  return {
    request,
    definition,
    version,
    subresource,
    storage: subresource?.storage ?? served.storage,
    kind,
    apiVersion: formatGroupVersion(kind),
    codec: subresource?.codec ?? version.codec,
    whole: own === undefined,
    resource: definition,
    isKnownKind: OWN_SCHEMES.has(definition.group) ? ownKinds(definition.group, types.isKnownKind) : types.isKnownKind,
    wire: types.wire,
    cbor: types.cbor,
  };
}

/** Groups whose server knows the types of its own group alone. */
const OWN_SCHEMES = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** What every server knows of `v1` besides. */
const COMMON_KINDS = new Set([
  'Status',
  'DeleteOptions',
  'ListOptions',
  'GetOptions',
  'CreateOptions',
  'UpdateOptions',
]);

function ownKinds(group: string, isKnownKind: KnownKinds): KnownKinds {
  return (apiVersion, kind) =>
    (apiVersion === 'v1' ? COMMON_KINDS.has(kind) : apiVersion.startsWith(`${group}/`)) &&
    isKnownKind(apiVersion, kind);
}

/** The schema of the bodies and answers; custom resources compile theirs when it is first asked for. */
export function schemaOf({ subresource, version }: Pick<RequestScope, 'subresource' | 'version'>): Schema {
  return subresource?.schema ?? version.schema;
}

function isServed(subresource: SubresourceDefinition, version: string): boolean {
  return subresource.versions === undefined || subresource.versions.includes(version);
}

/** Of a kind that is answered at once and never kept: reviews, bindings, evictions, tokens. */
export function isCreateOnly({ create, get, list, update }: RestStorage): boolean {
  return get === undefined && update === undefined && list === undefined && create !== undefined;
}

/** 405 of a path that is served, but not with this method. */
export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}
