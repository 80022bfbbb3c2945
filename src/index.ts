/** The public API: what programs that embed a server and authors of plugins import from 'kubenest'. Nothing else is. */
export { StatusError } from './apimachinery/errors/status-error.js';
export type { JsonObject, JsonValue } from './apimachinery/meta/json.js';
export type { KubeObject, ObjectMeta, OwnerReference } from './apimachinery/meta/object.js';
export type { UserInfo } from './apimachinery/meta/user-info.js';
export { Client, isConflict, isNotFound, type ResourceName } from './client/client.js';
export { type LeaderElectionOptions, LeaderElector } from './client/leader-election.js';
export {
  type Given,
  type InNamespace,
  type ListQuery,
  type ObjectEvent,
  type ObjectList,
  type PatchOf,
  ResourceClient,
  type WatchQuery,
} from './client/resource-client.js';
export type { ApiObjectLike, ResourceClass } from './client/resource-type.js';
export { WORK_QUEUE_DEFAULTS, WorkQueue, type WorkQueueOptions } from './client/work-queue.js';
export { UsageError } from './config/option-values.js';
export { StartError } from './config/start-error.js';
export { ApiServer, type ApiServerOptions, createApiServer } from './create-api-server.js';
export { KubenestModule } from './kubenest.module.js';
export {
  Admission,
  type AdmissionOperation,
  type AdmissionOptions,
  type AdmissionRequest,
  type Admits,
} from './plugins/decorators/admission.js';
export { ApiObject, ApiResource, type ApiResourceOptions } from './plugins/decorators/api-resource.js';
export { Conversion, type Converts } from './plugins/decorators/conversion.js';
export { Column, type ColumnOptions, Field, type FieldOptions, Selectable } from './plugins/decorators/field.js';
export { Plugin, type PluginOptions } from './plugins/decorators/plugin.js';
export {
  type Reconcile,
  type ReconcileRequest,
  type ReconcileResult,
  Reconciles,
  type ReconcilesOptions,
  type WatchedResource,
} from './plugins/decorators/reconciles.js';
export {
  type ServeContext,
  Serves,
  type ServesObjects,
  type ServesOptions,
  type ServesSubresource,
  Subresource,
  type SubresourceOptions,
} from './plugins/decorators/serves.js';
export type { PluginModule } from './plugins/host/plugin-description.js';
export { PluginError } from './plugins/plugin-error.js';
export {
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
  TokenAuthenticator,
} from './security/authentication/authenticator.js';
export { type Attributes, type AuthorizationResult, Authorizer } from './security/authorization/authorizer.js';
