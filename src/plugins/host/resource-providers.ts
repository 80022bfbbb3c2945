import type { Client } from '../../client/client.js';
import {
  type ApiObjectLike,
  type ResourceClass,
  type ResourceType,
  resourceTypeOf,
} from '../../client/resource-type.js';
import type { DeclaredBacking } from '../../registry/declared-resource.js';
import type { SubresourceDefinition } from '../../registry/resource-definition.js';
import { CONVERSION, type ConversionRole, type Converts } from '../decorators/conversion.js';
import {
  SERVES,
  type ServesObjects,
  type ServesRole,
  type ServesSubresource,
  SUBRESOURCE,
  type SubresourceRole,
} from '../decorators/serves.js';
import { type ClassConversion, ClassConverter } from './class-converter.js';
import type { ResourceParts } from './declare-resources.js';
import type { PluginDescription } from './plugin-description.js';
import { ProjectionBacking } from './projection.storage.js';
import { SubresourceStorage } from './subresource.storage.js';

export interface ResourceProvidersParts {
  readonly plugin: PluginDescription;
  readonly client: Client;
  /** @param where the plugin and the class */
  readonly log: (where: string, error: unknown) => void;
}

/** What the providers of one plugin add to its resources: subresources, conversion, objects that are kept elsewhere. */
export class ResourceProviders {
  private readonly subresources = new ByKind<SubresourceDefinition>();
  private readonly backings = new ByKind<DeclaredBacking>();
  private readonly conversions = new ByKind<ClassConversion>();

  /** @param faults what cannot be used is added here */
  constructor(
    private readonly parts: ResourceProvidersParts,
    private readonly faults: string[],
  ) {}

  /** @param where the plugin and the class, for people */
  add(provider: object, where: string): void {
    const serves = SERVES.of(provider);
    const below = SUBRESOURCE.of(provider);
    const conversion = CONVERSION.of(provider);
    if (serves !== undefined) this.addBacking(serves, provider, where);
    if (below !== undefined) this.addSubresource(below, provider, where);
    if (conversion !== undefined) this.addConversion(conversion, provider);
  }

  /** One a kind. */
  converters(): ClassConverter[] {
    return [...this.conversions.lists()].map((conversions) => new ClassConverter(conversions));
  }

  /** @param converters as {@link converters} gave them */
  of(group: string, kind: string, converters: readonly ClassConverter[]): ResourceParts {
    const backing = this.backings.of(group, kind)[0];
    const converter = converters.find((each) => each.group === group && each.kind === kind);
    return {
      subresources: this.subresources.of(group, kind),
      converted: (versions) => converter?.joins(versions) === true,
      ...(backing && { backing }),
    };
  }

  private addBacking(role: ServesRole, provider: object, where: string): void {
    const type = this.ownType(role.resource, provider);
    if (this.backings.of(type.group, type.kind).length > 0) {
      this.faults.push(`${provider.constructor.name} is the second with @Serves(${role.resource.name}): leave one`);
    }
    const of = provider as ServesObjects<ApiObjectLike>;
    const log = (error: unknown): void => this.parts.log(where, error);
    this.backings.add(type, new ProjectionBacking({ where, type, provider: of, options: role, now: Date.now, log }));
  }

  private addSubresource(role: SubresourceRole, provider: object, where: string): void {
    const type = this.ownType(role.resource, provider);
    const of = provider as ServesSubresource<ApiObjectLike, never>;
    const storage = new SubresourceStorage(where, role, of, this.parts.client, this.faults);
    this.subresources.add(type, { name: role.name, storage });
  }

  private addConversion(role: ConversionRole, provider: object): void {
    const from = resourceTypeOf(role.from);
    const to = resourceTypeOf(role.to);
    if (from.group !== to.group || from.kind !== to.kind) {
      this.faults.push(
        `${provider.constructor.name} converts ${from.kind} to ${to.kind}: only versions of one kind can be`,
      );
      return;
    }
    this.conversions.add(from, { role, provider: provider as Converts<ApiObjectLike, ApiObjectLike> });
  }

  /** A provider answers for resources of its own plugin. */
  private ownType(resource: ResourceClass, provider: object): ResourceType {
    const type = resourceTypeOf(resource);
    if (!this.parts.plugin.resources.includes(resource)) {
      const { name } = provider.constructor;
      this.faults.push(`${name} is for ${resource.name}, which is none of the plugin's resources: add it to resources`);
    }
    return type;
  }
}

/** Lists by group and kind. */
class ByKind<T> {
  private readonly known = new Map<string, T[]>();

  add({ group, kind }: ResourceType, value: T): void {
    const list = this.known.get(`${kind}.${group}`) ?? [];
    list.push(value);
    this.known.set(`${kind}.${group}`, list);
  }

  of(group: string, kind: string): readonly T[] {
    return this.known.get(`${kind}.${group}`) ?? [];
  }

  lists(): Iterable<readonly T[]> {
    return this.known.values();
  }
}
