import { fieldsText } from '../apimachinery/managedfields/shared-sets.js';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { ObjectAttributes, ObjectContent } from './storage.js';

/**
 * Prepares an object for writing: the JSON text is made now, the resourceVersion is put in when the writer knows it.
 * kind is left out (the definition knows it), and apiVersion where it is not given: only objects that may be of another version
 * than the definition stores now carry theirs. The object is not kept.
 */
export function encodeContent(object: KubeObject, attributes: ObjectAttributes): ObjectContent {
  const { kind: _k, metadata, ...rest } = object;
  const { resourceVersion: _rv, managedFields, ...meta } = metadata;
  const metaText = joinFields(encodeJson(meta), managedFields === undefined ? undefined : ownersText(managedFields));
  const restText = encodeJson(rest);
  const tail = `"${metaText === '{}' ? '' : `,${metaText.slice(1, -1)}`}}${restText === '{}' ? '' : `,${restText.slice(1, -1)}`}}`;
  return {
    attributes,
    text: (revision) => `{"metadata":{"resourceVersion":"${revision}${tail}`,
  };
}

/** The text of an object with another field at its end. */
function joinFields(text: string, more: string | undefined): string {
  if (more === undefined) return text;
  return text === '{}' ? `{${more}}` : `${text.slice(0, -1)},${more}}`;
}

function ownersText(owners: readonly ManagedFieldsEntry[]): string {
  return `"managedFields":[${owners.map(ownerText).join(',')}]`;
}

/** fieldsV1 in its place. Objects made alike have the same sets, whose texts are known. */
function ownerText(owner: ManagedFieldsEntry): string {
  const { fieldsV1, subresource, ...head } = owner;
  if (fieldsV1 === undefined) return encodeJson(owner);
  const fields = `"fieldsV1":${fieldsText(fieldsV1)}`;
  const tail = subresource === undefined ? fields : `${fields},"subresource":${encodeJson(subresource)}`;
  return joinFields(encodeJson(head), tail);
}
