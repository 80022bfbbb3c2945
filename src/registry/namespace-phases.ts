import type { ResourceRegistry } from './resource-registry.js';
import { ResourceStore } from './resource-store.js';

const TERMINATING = Buffer.from('"phase":"Terminating"');

/** Whether a namespace is there, and whether it is going; read from the cache without parsing the object. */
export function namespacePhases(registry: ResourceRegistry): (name: string) => 'Active' | 'Terminating' | undefined {
  return (name) => {
    const storage = registry.find('', 'namespaces')?.storage;
    const stored = storage instanceof ResourceStore ? storage.collection.get(name) : undefined;
    if (stored === undefined) return undefined;
    return stored.json.includes(TERMINATING) && isTerminating(stored.decode()) ? 'Terminating' : 'Active';
  };
}

function isTerminating(namespace: { status?: unknown }): boolean {
  return (namespace.status as { phase?: string } | undefined)?.phase === 'Terminating';
}
