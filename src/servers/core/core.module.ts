import { randomUUID } from 'node:crypto';
import { type DynamicModule, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import { Catalogue } from '../../apis/catalogue.js';
import { readNamedFile } from '../../config/complete.js';
import { ServerConfig, type ServerOptions } from '../../config/server-options.js';
import { CoreTarget } from '../../delegation/chain.js';
import { BuiltInGroups } from '../../delegation/end-of-chain.js';
import { ResourceHandler } from '../../endpoints/resource-handler.js';
import { Bootstrap } from '../../registry/bootstrap/bootstrap.js';
import type { TrustSettings } from '../../registry/bootstrap/cluster-trust.js';
import { CelExpressions } from '../../registry/generic/cel-expressions.js';
import { kindPolicies } from '../../registry/kind-policies.js';
import type { PolicyEnvironment } from '../../registry/kind-policy.js';
import { tableConvertors } from '../../registry/printers/table-convertors.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { SecurityParts } from '../../security/security.module.js';
import { Storage } from '../../storage/storage.js';
import { BuiltinDefinitions } from './builtin-definitions.js';
import { BuiltinInstaller } from './builtin-installer.js';
import { computedStorages } from './computed-storages.js';
import { CoreServer } from './core-server.js';
import { policySources, registrySecurity } from './security-wiring.js';

/**
 * Puts the built-in kinds into service as soon as the store is open: collections, bootstrap objects, then the policy that
 * authorization reads.
 */
@Injectable()
export class CoreInstallation implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly registry: ResourceRegistry,
    private readonly storage: Storage,
    private readonly security: SecurityParts,
    private readonly config: ServerConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.install();
    await this.bootstrap();
    this.security.policyFeed.start(policySources(this.registry));
  }

  async onApplicationShutdown(): Promise<void> {
    this.security.policyFeed.stop();
    await this.security.close();
  }

  private async install(): Promise<void> {
    const { options } = this.config;
    const { serviceClusterIpRange, serviceNodePortRange, kubeletPreferredAddressTypes } = options;
    const security = registrySecurity(this.security, options);
    const environment: PolicyEnvironment = {
      now: Date.now,
      random: Math.random,
      registry: this.registry,
      catalogue: this.catalogue,
      serviceClusterIpRange,
      serviceNodePortRange,
      kubeletPreferredAddressTypes,
      security,
      expressions: new CelExpressions(),
    };
    const tables = tableConvertors((groupVersion, resource) => this.catalogue.columnsOf(groupVersion, resource));
    const definitions = new BuiltinDefinitions(this.catalogue, kindPolicies(), tables, environment);
    const installer = new BuiltinInstaller(this.storage, this.registry, this.catalogue, {
      now: Date.now,
      newUid: randomUUID,
      random: Math.random,
    });
    await installer.install(definitions, environment, computedStorages(security, environment));
  }

  private async bootstrap(): Promise<void> {
    const { advertiseAddress, securePort, serviceClusterIpRange } = this.config.options;
    await new Bootstrap(this.registry, this.catalogue.bootstrap(), {
      address: { ip: advertiseAddress, port: securePort },
      serviceClusterIpRange,
      trust: trustSettings(this.config.options),
      now: Date.now,
    }).run();
  }
}

/** What of the options servers behind this one need to know. */
function trustSettings(options: ServerOptions): TrustSettings {
  const read = (flag: string, path: string): string => (path === '' ? '' : readNamedFile(flag, path));
  return {
    ...options,
    clientCa: read('client-ca-file', options.clientCaFile),
    requestheaderClientCa: read('requestheader-client-ca-file', options.requestheaderClientCaFile),
  };
}

/** The core API server. */
@Module({})
export class CoreModule {
  static register(): DynamicModule {
    return {
      module: CoreModule,
      providers: [
        CoreInstallation,
        {
          provide: CoreTarget,
          inject: [ResourceRegistry, ResourceHandler, Catalogue],
          useFactory: (registry: ResourceRegistry, handler: ResourceHandler, catalogue: Catalogue) =>
            new CoreServer(registry, handler, groupVersionsOf(catalogue)),
        },
        {
          provide: BuiltInGroups,
          inject: [Catalogue],
          useFactory: (catalogue: Catalogue): BuiltInGroups => {
            const groups = new Set([...groupVersionsOf(catalogue)].map((text) => text.slice(0, text.indexOf('/'))));
            return { has: (group) => groups.has(group) };
          },
        },
      ],
      exports: [CoreTarget, BuiltInGroups, CoreInstallation],
    };
  }
}

/** `group/version` of everything built in, the core group as `/v1`. */
function groupVersionsOf(catalogue: Catalogue): ReadonlySet<string> {
  return new Set(
    catalogue.builtinResources().map(({ groupVersion }) => {
      const { group, version } = parseGroupVersion(groupVersion)!;
      return `${group}/${version}`;
    }),
  );
}
