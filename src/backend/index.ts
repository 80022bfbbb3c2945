/** The package entry `kubenest/backend`: Nest microservices that serve a part of the Kubernetes API behind kubenest. */
export {
  alreadyExists,
  badRequest,
  conflict,
  expired,
  forbidden,
  modifiedConflict,
  notFound,
  StatusError,
} from '../apimachinery/errors/status-error.js';
export type { JsonObject, JsonValue } from '../apimachinery/meta/json.js';
export type { KubeObject, ObjectMeta } from '../apimachinery/meta/object.js';
export type { UserInfo } from '../apimachinery/meta/user-info.js';
export { BackendModule, type BackendParts } from './backend.module.js';
export { BackendResource, type BackendResourceOptions, type ResourceMethods } from './backend-resource.js';
export { type BackendOptions, createBackend, type RunningBackend } from './create-backend.js';
export { MemoryResource } from './memory-resource.js';
export * from './protocol.js';
