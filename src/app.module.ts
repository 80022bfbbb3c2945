import { type DynamicModule, Module } from '@nestjs/common';
import { AdmissionModule } from './admission/admission.module.js';
import { builtinPlugins } from './admission/builtin-plugins.js';
import { ConfigModule } from './config/config.module.js';
import { ServerConfig, type ServerOptions } from './config/server-options.js';
import { LocalClientModule } from './delegation/local-client.module.js';
import { EndpointsModule } from './endpoints/endpoints.module.js';
import { HttpModule } from './http/http.module.js';
import type { HttpServer } from './http/http-server.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { ReconcilersModule } from './reconcilers/reconcilers.module.js';
import { namespacePhases } from './registry/namespace-phases.js';
import { RegistryModule } from './registry/registry.module.js';
import { ResourceRegistry } from './registry/resource-registry.js';
import { generateName } from './registry/rest/name-generator.js';
import { createSecurity } from './security/create-security.js';
import { SecurityModule, SecurityParts } from './security/security.module.js';
import { AggregationModule } from './servers/aggregation/aggregation.module.js';
import {
  namespaceCreator,
  resourcesOfKinds,
  StoredObjectLookup,
  StoredQuotaLedger,
} from './servers/core/admission-lookups.js';
import { CoreModule } from './servers/core/core.module.js';
import { StoredBoundObjects } from './servers/core/security-wiring.js';
import { ExtensionsModule } from './servers/extensions/extensions.module.js';
import { StorageModule } from './storage/storage.module.js';
import { storageOptionsOf } from './storage/storage-options.js';

/** What a server has beside its usual parts. */
export interface MoreParts {
  /** The process itself is a client: `Client` can be injected. Plugins bring it about too. */
  readonly localClient?: boolean;
  /** Makes the module of the plugins, given the modules that their host needs. */
  readonly plugins?: (imports: NonNullable<DynamicModule['imports']>) => DynamicModule;
}

/** The composition root: which modules there are and, by the interceptors of HttpModule, the order of the chain. */
@Module({})
export class AppModule {
  static register(options: ServerOptions, server: HttpServer, more: MoreParts = {}): DynamicModule {
    const aggregation = AggregationModule.register();
    const core = CoreModule.register();
    const extensions = ExtensionsModule.register();
    const reconcilers = ReconcilersModule.register();
    const isClient = more.localClient === true || more.plugins !== undefined;
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(options),
        ObservabilityModule,
        StorageModule.register(storageOptionsOf(options)),
        RegistryModule.register(),
        SecurityModule.register({
          inject: [ServerConfig, ResourceRegistry],
          useFactory: (config: ServerConfig, registry: ResourceRegistry) =>
            createSecurity(config.options, new StoredBoundObjects(registry), Date.now),
        }),
        AdmissionModule.register({
          inject: [ResourceRegistry, SecurityParts],
          useFactory: (registry: ResourceRegistry, { authorizer, namespaces }: SecurityParts) => ({
            all: builtinPlugins({
              objects: new StoredObjectLookup(registry),
              quotas: new StoredQuotaLedger(registry),
              namespacePhase: namespacePhases(registry),
              namespaceLookup: namespaces,
              createNamespace: namespaceCreator(registry),
              resourceOfKind: resourcesOfKinds(registry),
              authorizer,
              now: Date.now,
              nameSuffix: () => generateName('', Math.random),
            }),
          }),
        }),
        EndpointsModule.register(),
        core,
        extensions,
        aggregation,
        reconcilers,
        HttpModule.register({ imports: [aggregation, core, extensions], server }),
        ...(isClient ? [LocalClientModule.register({ imports: [aggregation, core, extensions] })] : []),
        ...(more.plugins === undefined ? [] : [more.plugins([reconcilers])]),
      ],
    };
  }
}
