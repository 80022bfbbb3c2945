import { isJsonObject, type JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';

const IDENTITY = ['name', 'namespace', 'uid'] as const;

/** How errors begin, for who converts one object or many. */
export interface ConversionLeads {
  readonly identity: string;
  readonly metadata: string;
}

/**
 * What a converter made, as the object it was: name, namespace and uid must have stayed, and of its metadata only labels and annotations
 * are taken over.
 * @throws Error that begins with one of the leads
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#response
 */
export function keepIdentity(original: KubeObject, converted: KubeObject, leads: ConversionLeads): KubeObject {
  const metadata: JsonValue | undefined = converted['metadata'];
  if (!isJsonObject(metadata)) throw new Error(`${leads.metadata}: missing metadata in converted object`);
  for (const field of IDENTITY) {
    const before = String(original.metadata[field] ?? '');
    const after = String(metadata[field] ?? '');
    const shown = field === 'uid' ? 'UID' : field;
    if (before !== after) throw new Error(`${leads.identity}: must have the same ${shown}: ${before} != ${after}`);
  }
  const kept: KubeObject['metadata'] = { ...original.metadata };
  for (const field of ['labels', 'annotations'] as const) {
    delete kept[field];
    const value = metadata[field];
    if (value === undefined || value === null) continue;
    if (!isJsonObject(value) || Object.values(value).some((each) => typeof each !== 'string')) {
      throw new Error(`${leads.metadata}: invalid metadata.${field} in converted object`);
    }
    Object.assign(kept, { [field]: value });
  }
  return { ...converted, metadata: kept };
}
