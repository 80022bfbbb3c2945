import { field, type KubeObject } from '../apimachinery/meta/object.js';
import type { ResourceRegistry } from './resource-registry.js';

const TERMINATING = Buffer.from('"phase":"Terminating"');

/** Whether a namespace is there, and whether it is going; read from the cache without parsing the object. @throws StatusError InternalError */
export function namespacePhases(registry: ResourceRegistry): (name: string) => 'Active' | 'Terminating' | undefined {
  return (name) => {
    const stored = registry.find('', 'namespaces')?.store?.find(name);
    if (stored === undefined) return undefined;
    return stored.json.includes(TERMINATING) && isTerminating(stored.decode()) ? 'Terminating' : 'Active';
  };
}

function isTerminating(namespace: KubeObject): boolean {
  return field(namespace, 'status', 'phase') === 'Terminating';
}
