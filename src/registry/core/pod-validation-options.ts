import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { ObjectMeta } from '../../apimachinery/meta/object.js';

/** What the checks of a pod's parts need to know of the whole. One object a validation. */
export interface PodContext {
  /** Shows a value of a built-in type as upstream holds it, for messages. */
  readonly internal: (typeName: string, value: JsonValue | undefined) => JsonValue;
  /** Metadata of the pod itself; absent in templates, where nobody knows yet how the pods are called. */
  readonly pod?: Readonly<ObjectMeta>;
  /** Whether an init container that is no sidecar has been stored with a resize policy of RestartContainer, which 1.37 refuses in new pods. */
  readonly restartsInitOnResize?: boolean;
}

/** A pod that stands for one which a kubelet runs from a file. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
