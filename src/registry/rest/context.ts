import type { UserInfo } from '../../apimachinery/meta/user-info.js';

/** What a write does with fields the type does not have. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What every call to a REST storage carries. One per request; reconcilers make their own with LOOPBACK_USER. */
export interface RestContext {
  readonly user: UserInfo;
  /** '' for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** Adds a Warning header (299) to the answer; repeats are dropped, the number is bounded. */
  warn(text: string): void;
  /** Notes something for the audit log. */
  annotate(key: string, value: string): void;
  /** Aborted when the client has gone or the deadline has passed. */
  readonly signal?: AbortSignal;
}

/** The same request seen in one namespace (deletecollection over all of them). */
export function inNamespace(ctx: RestContext, namespace: string): RestContext {
  const { user, signal } = ctx;
  return {
    user,
    namespace,
    warn: (text) => ctx.warn(text),
    annotate: (key, value) => ctx.annotate(key, value),
    ...(signal && { signal }),
  };
}

/** The context of the server's own writes; warnings go nowhere. */
export function internalContext(user: UserInfo, namespace: string): RestContext {
  return { user, namespace, warn: () => {}, annotate: () => {} };
}
