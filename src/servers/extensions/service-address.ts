import { isJsonObject } from '../../apimachinery/meta/json.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore } from '../../registry/resource-store.js';

/** `host:port` of the Service that a conversion webhook names. @throws Error where there is none */
export function serviceAddress(registry: ResourceRegistry, namespace: string, name: string, port: number): string {
  const store = registry.find('', 'services')?.storage;
  const service = store instanceof ResourceStore ? store.find(`${namespace}/${name}`)?.decode() : undefined;
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const spec = isJsonObject(service['spec']) ? service['spec'] : {};
  if (spec['type'] === 'ExternalName') return `${String(spec['externalName'])}:${port}`;
  const { clusterIP } = spec;
  if (typeof clusterIP === 'string' && clusterIP !== '' && clusterIP !== 'None') return `${clusterIP}:${port}`;
  throw new Error(`no cluster IP for service ${JSON.stringify(name)}`);
}
