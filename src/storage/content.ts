import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { ObjectAttributes, ObjectContent } from './storage.js';

/**
 * Prepares an object for writing: the JSON text is made now, the resourceVersion is put in when the writer knows it.
 * kind is left out (the definition knows it), and apiVersion where it is not given: only objects that may be of another version
 * than the definition stores now carry theirs. The object is not kept.
 */
export function encodeContent(object: KubeObject, attributes: ObjectAttributes): ObjectContent {
  const { kind: _k, metadata, ...rest } = object;
  const { resourceVersion: _rv, ...meta } = metadata;
  const metaText = encodeJson(meta);
  const restText = encodeJson(rest);
  const tail = `"${metaText === '{}' ? '' : `,${metaText.slice(1, -1)}`}}${restText === '{}' ? '' : `,${restText.slice(1, -1)}`}}`;
  return {
    attributes,
    text: (revision) => `{"metadata":{"resourceVersion":"${revision}${tail}`,
  };
}
