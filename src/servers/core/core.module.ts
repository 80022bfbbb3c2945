import { randomUUID } from 'node:crypto';
import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import { Catalogue } from '../../apis/catalogue.js';
import { ServerConfig } from '../../config/server-options.js';
import { CoreTarget } from '../../delegation/chain.js';
import { BuiltInGroups } from '../../delegation/end-of-chain.js';
import { ResourceHandler } from '../../endpoints/resource-handler.js';
import { kindPolicies } from '../../registry/kind-policies.js';
import { tableConvertors } from '../../registry/printers/table-convertors.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { Storage } from '../../storage/storage.js';
import { BuiltinDefinitions } from './builtin-definitions.js';
import { BuiltinInstaller } from './builtin-installer.js';
import { CoreServer } from './core-server.js';

/** Registers the built-in kinds as soon as the store is open. */
@Injectable()
export class CoreInstallation implements OnModuleInit {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly registry: ResourceRegistry,
    private readonly storage: Storage,
    private readonly config: ServerConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    const { serviceClusterIpRange, serviceNodePortRange } = this.config.options;
    const environment = {
      now: Date.now,
      registry: this.registry,
      catalogue: this.catalogue,
      serviceClusterIpRange,
      serviceNodePortRange,
    };
    const definitions = new BuiltinDefinitions(
      this.catalogue,
      kindPolicies(),
      tableConvertors((groupVersion, resource) => this.catalogue.columnsOf(groupVersion, resource)),
      environment,
    );
    const installer = new BuiltinInstaller(this.storage, this.registry, this.catalogue, {
      now: Date.now,
      newUid: randomUUID,
      random: Math.random,
    });
    await installer.install(definitions, environment);
  }
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
