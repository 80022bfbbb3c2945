import type { AdmissionAttributes, AdmissionOperation } from '../admission/admission.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { hubKind } from '../registry/resource-definition.js';
import type { RequestScope } from './request-scope.js';

/** What admission sees of a write. Objects are in the hub version, or of the subresource's own kind. */
export function admissionAttributes(
  scope: RequestScope,
  operation: AdmissionOperation,
  parts: {
    readonly object: KubeObject | undefined;
    readonly oldObject?: Readonly<KubeObject> | undefined;
    readonly options: JsonObject;
    readonly dryRun: boolean;
    readonly name?: string;
  },
): AdmissionAttributes {
  const { info, user, context } = scope.request;
  return {
    operation,
    kind: scope.whole ? hubKind(scope.definition) : scope.kind,
    resource: { group: scope.definition.group, version: scope.version.version, resource: scope.definition.resource },
    subresource: info.subresource,
    namespace:
      scope.definition.resource === 'namespaces' && scope.definition.group === ''
        ? ((info.name || parts.name) ?? '')
        : info.namespace,
    name: parts.name ?? (info.name || parts.object?.metadata?.name) ?? '',
    object: parts.object,
    oldObject: parts.oldObject,
    options: parts.options,
    dryRun: parts.dryRun,
    user,
    warn: (text) => context.warn(text),
    annotate: (key, value) => context.annotate(key, value),
  };
}
