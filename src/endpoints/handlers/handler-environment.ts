import type { Admission } from '../../admission/admission.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { KnownKinds } from '../../registry/known-kinds.js';
import type { WireTypes } from '../../registry/registry.module.js';
import type { ObjectCodec } from '../../registry/resource-definition.js';
import type { Authorizer } from '../../security/authorization/authorizer.js';
import type { FieldManagement } from '../field-management.js';
import type { ConnectProxy } from '../proxy/connect-proxy.js';

/** What the verb handlers share. One a server. */
export interface HandlerEnvironment {
  readonly admission: Admission;
  /** Asked again where a request is more than its verb says. */
  readonly authorizer: Authorizer;
  readonly connectProxy: ConnectProxy;
  readonly fieldManagement: FieldManagement;
  readonly isKnownKind: KnownKinds;
  readonly wire: WireTypes;
  /** Whether the server reads and writes CBOR. */
  readonly cbor: boolean;
  /** Whether clients may delete objects that cannot be read. */
  readonly unsafeDeletion: boolean;
  readonly deleteOptions: { readonly codec: ObjectCodec; readonly schema: Schema };
  /** ms since the epoch */
  readonly now: () => number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Watches without timeoutSeconds end after this time, up to twice as long. */
  readonly minRequestTimeoutMs: number;
  readonly bookmarkIntervalMs: number;
  /** The newest revision that every watch has been told of. */
  readonly newestRevision: () => number;
  /** Bytes that may wait for a slow watcher before its watch is ended. */
  readonly watchQueueBytesMax: number;
}
