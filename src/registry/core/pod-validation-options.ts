import type { JsonValue } from '../../apimachinery/meta/json.js';

/** What the checks of a pod's parts need to know of the whole. One object a validation. */
export interface PodContext {
  /** Shows a value of a built-in type as upstream holds it, for messages. */
  readonly internal: (typeName: string, value: JsonValue | undefined) => JsonValue;
}
