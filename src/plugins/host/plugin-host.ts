import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AdmissionChain } from '../../admission/admission-chain.js';
import { Client, isConflict, isNotFound } from '../../client/client.js';
import type { ApiObjectLike } from '../../client/resource-type.js';
import { ReconcilerSet } from '../../reconcilers/reconcilers.module.js';
import { DeclaredResources } from '../../registry/declared-resource.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { VersionConverters } from '../../registry/version-converter.js';
import { Authenticator, TokenAuthenticator } from '../../security/authentication/authenticator.js';
import { Authorizer } from '../../security/authorization/authorizer.js';
import { SecurityParts } from '../../security/security.module.js';
import { ADMISSION, type Admits } from '../decorators/admission.js';
import { CONVERSION } from '../decorators/conversion.js';
import { RECONCILES, type Reconcile } from '../decorators/reconciles.js';
import { SERVES, SUBRESOURCE } from '../decorators/serves.js';
import { PluginError } from '../plugin-error.js';
import { declareResources } from './declare-resources.js';
import { PluginAdmission } from './plugin-admission.js';
import type { PluginDescription, PluginModule } from './plugin-description.js';
import { PluginReconciler } from './plugin-reconciler.js';
import { ResourceProviders } from './resource-providers.js';

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
    const log = (where: string, error: unknown): void => this.logger.error(`${where}: ${textOf(error)}`);
    const found = new ResourceProviders({ plugin, client: this.client, log }, faults);
    for (const provider of providers) found.add(provider, whereOf(plugin, provider));
    const converters = found.converters();
    for (const converter of converters) this.ports.converters.add(converter);
    const declared = declareResources(plugin, (group, kind) => found.of(group, kind, converters));
    for (const resource of declared) this.ports.resources.add(resource);
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

function whereOf(plugin: PluginDescription, provider: object): string {
  return `plugin ${plugin.name}: ${provider.constructor.name}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
