import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AdmissionChain } from '../../admission/admission-chain.js';
import { Client, isConflict, isNotFound } from '../../client/client.js';
import { type ApiObjectLike, type ResourceType, resourceTypeOf } from '../../client/resource-type.js';
import { ReconcilerSet } from '../../reconcilers/reconcilers.module.js';
import { type DeclaredBacking, DeclaredResources } from '../../registry/declared-resource.js';
import type { SubresourceDefinition } from '../../registry/resource-definition.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { VersionConverters } from '../../registry/version-converter.js';
import { Authenticator, TokenAuthenticator } from '../../security/authentication/authenticator.js';
import { Authorizer } from '../../security/authorization/authorizer.js';
import { SecurityParts } from '../../security/security.module.js';
import { ADMISSION, type Admits } from '../decorators/admission.js';
import { CONVERSION, type Converts } from '../decorators/conversion.js';
import { RECONCILES, type Reconcile } from '../decorators/reconciles.js';
import { SERVES, type ServesObjects, type ServesSubresource, SUBRESOURCE } from '../decorators/serves.js';
import { PluginError } from '../plugin-error.js';
import { type ClassConversion, ClassConverter } from './class-converter.js';
import { declareResources, type ResourceParts } from './declare-resources.js';
import { PluginAdmission } from './plugin-admission.js';
import type { PluginDescription, PluginModule } from './plugin-description.js';
import { PluginReconciler } from './plugin-reconciler.js';
import { ProjectionBacking } from './projection.storage.js';
import { SubresourceStorage } from './subresource.storage.js';

/** The plugins of a server, in the order in which they were given. */
export abstract class PluginList {
  abstract readonly plugins: readonly PluginDescription[];
}

/** Where plugins are put to their places. */
@Injectable()
export class PluginPorts {
  constructor(
    readonly resources: DeclaredResources,
    readonly converters: VersionConverters,
    readonly admission: AdmissionChain,
    readonly security: SecurityParts,
    readonly reconcilers: ReconcilerSet,
  ) {}
}

/** Looks at what the modules of plugins provide, and puts each to its place before anything is served. */
@Injectable()
export class PluginHost implements OnModuleInit {
  private readonly logger = new Logger('plugins');
  private readonly known = new Set<object>();

  constructor(
    private readonly list: PluginList,
    private readonly modules: ModulesContainer,
    private readonly ports: PluginPorts,
    private readonly client: Client,
    private readonly registry: ResourceRegistry,
  ) {}

  /** @throws PluginError */
  onModuleInit(): void {
    for (const plugin of this.list.plugins) this.install(plugin);
  }

  private install(plugin: PluginDescription): void {
    const providers = this.providersOf(plugin);
    const faults: string[] = [];
    try {
      this.addResources(plugin, providers, faults);
      for (const provider of providers) this.addProvider(plugin, provider);
    } catch (error) {
      if (error instanceof PluginError) throw error;
      throw new PluginError(plugin.name, [error instanceof Error ? error.message : String(error)], { cause: error });
    }
    if (faults.length > 0) throw new PluginError(plugin.name, faults);
  }

  /** What the plugin's module and those it imports provide; what two plugins share is put to its place once. */
  private providersOf({ name, module }: PluginDescription): object[] {
    const classes = modulesOf(module);
    const found: object[] = [];
    for (const { metatype, providers } of this.modules.values()) {
      if (!classes.has(metatype)) continue;
      for (const wrapper of providers.values()) {
        const { instance } = wrapper as { instance: unknown };
        if (typeof instance !== 'object' || instance === null || this.known.has(instance)) continue;
        if (!wrapper.isDependencyTreeStatic() && hasRole(instance)) {
          throw new PluginError(name, [
            `${instance.constructor.name} is made anew for each request: leave it at one (no scope)`,
          ]);
        }
        this.known.add(instance);
        found.push(instance);
      }
    }
    return found;
  }

  private addResources(plugin: PluginDescription, providers: readonly object[], faults: string[]): void {
    const subresources = new ByKind<SubresourceDefinition>();
    const backings = new ByKind<DeclaredBacking>();
    const conversions = new ByKind<ClassConversion>();
    for (const provider of providers) {
      const where = whereOf(plugin, provider);
      const serves = SERVES.of(provider);
      const below = SUBRESOURCE.of(provider);
      const conversion = CONVERSION.of(provider);
      if (serves !== undefined) {
        const type = this.ownType(plugin, serves.resource, provider, faults);
        const log = (error: unknown): void => this.logger.error(`${where}: ${textOf(error)}`);
        const of = provider as ServesObjects<ApiObjectLike>;
        backings.add(type, new ProjectionBacking({ where, type, provider: of, options: serves, now: Date.now, log }));
      }
      if (below !== undefined) {
        const type = this.ownType(plugin, below.resource, provider, faults);
        const of = provider as ServesSubresource<ApiObjectLike, never>;
        const storage = new SubresourceStorage(where, below, of, this.client, faults);
        subresources.add(type, { name: below.name, storage });
      }
      if (conversion !== undefined) {
        const type = resourceTypeOf(conversion.from);
        conversions.add(type, { role: conversion, provider: provider as Converts<ApiObjectLike, ApiObjectLike> });
      }
    }
    for (const [first, ...others] of backings.lists()) {
      if (first !== undefined && others.length > 0)
        faults.push('two providers with @Serves answer for one resource: leave one');
    }
    const converters = this.addConverters(conversions.lists());
    const parts = (group: string, kind: string): ResourceParts => {
      const backing = backings.of(group, kind)[0];
      const converter = converters.get(`${kind}.${group}`);
      return {
        subresources: subresources.of(group, kind),
        converted: (versions) => converter?.joins(versions) === true,
        ...(backing && { backing }),
      };
    };
    for (const resource of declareResources(plugin, parts)) this.ports.resources.add(resource);
  }

  private addConverters(lists: Iterable<readonly ClassConversion[]>): ReadonlyMap<string, ClassConverter> {
    const converters = new Map<string, ClassConverter>();
    for (const conversions of lists) {
      const converter = new ClassConverter(conversions);
      this.ports.converters.add(converter);
      converters.set(`${converter.kind}.${converter.group}`, converter);
    }
    return converters;
  }

  private addProvider(plugin: PluginDescription, provider: object): void {
    const { admission, security, reconcilers } = this.ports;
    const name = whereOf(plugin, provider);
    const admits = ADMISSION.of(provider);
    const reconciles = RECONCILES.of(provider);
    if (admits !== undefined)
      admission.add(new PluginAdmission(name, admits, provider as Admits<never>, this.registry));
    if (reconciles !== undefined) {
      reconcilers.add(
        new PluginReconciler({
          name: this.freeReconcilerName(plugin, reconciles.name ?? provider.constructor.name),
          role: reconciles,
          provider: provider as Reconcile<ApiObjectLike>,
          client: this.client,
          registry: this.registry,
          log: (reconciler, key, error) => this.logFailure(`${reconciler}: ${key}: `, error),
        }),
      );
    }
    if (provider instanceof Authenticator) security.authenticator.add(provider);
    if (provider instanceof TokenAuthenticator) security.tokens.add(provider);
    if (provider instanceof Authorizer) security.authorizer.add(provider);
  }

  /** Somebody else was faster: that is everyday, and the next try sees what they did. */
  private logFailure(where: string, error: unknown): void {
    if (isConflict(error) || isNotFound(error)) this.logger.debug(`${where}${(error as Error).message}`);
    else this.logger.warn(`${where}${textOf(error)}`);
  }

  private freeReconcilerName(plugin: PluginDescription, name: string): string {
    if (!this.ports.reconcilers.reconcilers.some((each) => each.name === name)) return name;
    throw new PluginError(plugin.name, [
      `there is a reconciler ${name} already: tell them apart by @Reconciles(..., { name: ... })`,
    ]);
  }

  /** A provider answers for resources of its own plugin. */
  private ownType(
    plugin: PluginDescription,
    resource: Parameters<typeof resourceTypeOf>[0],
    provider: object,
    faults: string[],
  ): ResourceType {
    const type = resourceTypeOf(resource);
    if (!plugin.resources.includes(resource)) {
      faults.push(
        `${provider.constructor.name} is for ${resource.name}, which is none of the plugin's resources: add it to resources`,
      );
    }
    return type;
  }
}

/** The class of a module and of all it imports. */
function modulesOf(module: PluginModule, known = new Set<unknown>()): ReadonlySet<unknown> {
  const moduleClass = typeof module === 'function' ? module : module?.module;
  if (moduleClass === undefined || known.has(moduleClass)) return known;
  known.add(moduleClass);
  const declared = (Reflect.getMetadata('imports', moduleClass) ?? []) as PluginModule[];
  const added = typeof module === 'function' ? [] : ((module.imports ?? []) as PluginModule[]);
  for (const each of [...declared, ...added]) modulesOf(each, known);
  return known;
}

function hasRole(provider: object): boolean {
  return [ADMISSION, CONVERSION, RECONCILES, SERVES, SUBRESOURCE].some((role) => role.of(provider) !== undefined);
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

function whereOf(plugin: PluginDescription, provider: object): string {
  return `plugin ${plugin.name}: ${provider.constructor.name}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
