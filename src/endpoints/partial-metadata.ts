import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import { JoinedItems, JSON_TEXTS } from './joined-items.js';

const LIST_END = Buffer.from(']}\n');
const NO_ITEMS = Buffer.from('null}\n');

/** An object's metadata alone, with its own type. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export function partialMetadata(object: Readonly<KubeObject>, version: string): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

/** The same as JSON text; made once for a stored object. */
export function metadataJson(view: ObjectView, version: string): Buffer {
  const { stored } = view;
  const memory = memoryOf(version, view.variant);
  const known = stored?.recall(memory);
  if (known !== undefined) return known;
  const text = Buffer.from(encodeJson(partialMetadata(view.value(), version)));
  return stored === undefined ? text : stored.remember(memory, () => text);
}

const USUAL_MEMORY = 'metadata:v1:';

/** Lists ask for this once an object: the usual name is not made anew each time. */
function memoryOf(version: string, variant: string | undefined): string {
  return variant === undefined && version === 'v1' ? USUAL_MEMORY : `metadata:${version}:${variant ?? ''}`;
}

/** @param views the items of the list, with the metadata to show */
export function metadataListJson(
  result: ListResult,
  views: readonly ObjectView[],
  version: string,
): JoinedItems<Buffer> {
  const metadata = {
    resourceVersion: result.resourceVersion,
    ...(result.continueToken !== '' && { continue: result.continueToken }),
    ...(result.remainingItemCount !== undefined && { remainingItemCount: result.remainingItemCount }),
  };
  const head = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${encodeJson(metadata)},"items":`;
  const items = views.map((view) => metadataJson(view, version));
  const empty = items.length === 0;
  return new JoinedItems(Buffer.from(empty ? head : `${head}[`), items, empty ? NO_ITEMS : LIST_END, JSON_TEXTS);
}
