import type { KubeObject } from '../../apimachinery/meta/object.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { StoredObject } from '../../storage/storage.js';

/**
 * An object on its way to an answer, in the hub version of its definition: stored ones bring their text, computed ones
 * their value. Handlers ask for what the client wants and nothing is parsed or stringified without need.
 */
export interface ObjectView {
  /** Set where the object comes from the store: encodings are remembered beside it. */
  readonly stored: StoredObject | undefined;
  /** Set where `json` and `value` are of another form than what is stored: what is remembered of them carries it. */
  readonly variant?: string;
  /** JSON text from `{` to `}` without apiVersion and kind. */
  json(): Buffer;
  /** The parsed object; shared between callers, never change it. */
  value(): Readonly<KubeObject>;
}

export function viewOfStored(stored: StoredObject): ObjectView {
  return new StoredView(stored);
}

/** A class, not closures: a list makes one for each of its objects. */
class StoredView implements ObjectView {
  private parsed: KubeObject | undefined;

  constructor(readonly stored: StoredObject) {}

  json(): Buffer {
    return this.stored.json;
  }

  value(): Readonly<KubeObject> {
    this.parsed ??= this.stored.decode();
    return this.parsed;
  }
}

/** A view of an object that is not (or not yet) stored: reviews, dry runs, projections. apiVersion and kind are ignored. */
export function viewOfValue(object: Readonly<KubeObject>): ObjectView {
  return {
    stored: undefined,
    json: () => {
      const { apiVersion: _a, kind: _k, ...rest } = object;
      return Buffer.from(encodeJson(rest));
    },
    value: () => object,
  };
}
