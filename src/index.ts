/** The public API: what programs that embed a server and authors of plugins import from 'kubenest'. Nothing else is. */
export { StatusError } from './apimachinery/errors/status-error.js';
export type { JsonObject, JsonValue } from './apimachinery/meta/json.js';
export type { KubeObject, ObjectMeta, OwnerReference } from './apimachinery/meta/object.js';
export { Client, isConflict, isNotFound } from './client/client.js';
export {
  type ListQuery,
  type ObjectEvent,
  type ObjectList,
  ResourceClient,
  type WatchQuery,
} from './client/resource-client.js';
export { UsageError } from './config/option-values.js';
export { StartError } from './config/start-error.js';
export { type ApiServer, type ApiServerOptions, createApiServer } from './create-api-server.js';
