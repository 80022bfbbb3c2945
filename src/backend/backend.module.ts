import { Controller, type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { formatGroupVersion } from '../apimachinery/meta/group-version.js';
import { describeResource, type ResourceClass } from './backend-resource.js';
import { type Discovery, discoveryPattern, type ResourceDescription } from './protocol.js';

/** What else the module of a backend holds: what resource classes have injected. */
export type BackendParts = Pick<ModuleMetadata, 'imports' | 'providers'>;

/** Resource classes and what tells kubenest of them, for Nest applications that are more than a backend. */
@Module({})
export class BackendModule {
  /** @throws Error for classes without `@BackendResource`, or two that serve the same resource */
  static register(
    resources: readonly ResourceClass[],
    { imports = [], providers = [] }: BackendParts = {},
  ): DynamicModule {
    return {
      module: BackendModule,
      imports,
      providers,
      controllers: [...(resources as readonly Type<unknown>[]), ...discoveryControllers(resources)],
    };
  }
}

function discoveryControllers(resources: readonly ResourceClass[]): Type<unknown>[] {
  const byVersion = new Map<string, { group: string; version: string; descriptions: ResourceDescription[] }>();
  for (const target of resources) {
    const { group, version, description } = describeResource(target);
    const key = formatGroupVersion({ group, version });
    const entry = byVersion.get(key) ?? { group, version, descriptions: [] };
    if (entry.descriptions.some(({ resource }) => resource === description.resource)) {
      throw new Error(`${target.name}: another class serves ${description.resource} of ${key} too`);
    }
    entry.descriptions.push(description);
    byVersion.set(key, entry);
  }
  return [...byVersion.values()].map(discoveryController);
}

function discoveryController(entry: { group: string; version: string; descriptions: ResourceDescription[] }) {
  class DiscoveryController {
    discover(): Discovery {
      return { resources: entry.descriptions };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(DiscoveryController.prototype, 'discover')!;
  MessagePattern(discoveryPattern(entry))(DiscoveryController.prototype, 'discover', descriptor);
  Controller()(DiscoveryController);
  return DiscoveryController;
}
