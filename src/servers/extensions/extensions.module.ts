import { randomUUID } from 'node:crypto';
import {
  type DynamicModule,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { FieldManager, type FieldTarget } from '../../apimachinery/managedfields/field-manager.js';
import { Catalogue } from '../../apis/catalogue.js';
import { ExtensionsTarget } from '../../delegation/chain.js';
import { ResourceHandler } from '../../endpoints/resource-handler.js';
import { CRD_GROUP, CRD_RESOURCE } from '../../registry/apiextensions/crd.js';
import { DeclaredResources } from '../../registry/declared-resource.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore } from '../../registry/resource-store.js';
import type { ServedResource } from '../../registry/served-resource.js';
import { VersionConverters } from '../../registry/version-converter.js';
import { type Collection, Storage } from '../../storage/storage.js';
import { CatalogueSchemaEngine } from './catalogue-schema-engine.js';
import { CrdReconciler } from './crd.reconciler.js';
import { CrdStatusWriter } from './crd-status-writer.js';
import { type CreateConverter, type CreateStore, CustomResourceBuilder } from './custom-resource-builder.js';
import { DeclaredResourceInstaller } from './declared-resources.installer.js';
import { ExtensionsServer } from './extensions.server.js';
import { ServedCustomResources } from './served-custom-resources.js';
import { serviceAddress } from './service-address.js';
import { usesWebhook, WebhookCaller } from './webhook-call.js';
import { WebhookConverter } from './webhook-converter.js';

/** A compiled schema that nobody used for so long is let go; the next use compiles it again, in a millisecond or a few. */
const IDLE_SCHEMA_MS = 60_000;
/** Who owns the status of definitions. */
const OWN_MANAGER = 'kube-apiserver';

function statusTarget({ definition, subresources }: ServedResource): FieldTarget {
  const { version, schema } = definition.versions[0]!;
  return {
    kind: { group: definition.group, version, kind: definition.kind },
    schema,
    subresource: 'status',
    resetFields: subresources.get('status')?.resetFields ?? {},
  };
}

/** Starts serving custom resources once the built-in kinds are there, and stops in good order. */
@Injectable()
export class ExtensionsLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('extensions');
  private readonly reconciler: CrdReconciler;
  private readonly webhooks: WebhookCaller;
  private readonly served: ServedCustomResources;
  private readonly installer: DeclaredResourceInstaller;
  private resting: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: ResourceRegistry,
    storage: Storage,
    catalogue: Catalogue,
    converters: VersionConverters,
    private readonly declared: DeclaredResources,
  ) {
    this.webhooks = new WebhookCaller((namespace, name, port) => serviceAddress(registry, namespace, name, port));
    const engine = new CatalogueSchemaEngine(catalogue);
    const createConverter: CreateConverter = (crd) => {
      const inProcess = converters.find({ group: crd.spec.group, kind: crd.spec.names.kind });
      if (inProcess !== undefined) return inProcess;
      return usesWebhook(crd.spec.conversion) ? new WebhookConverter(crd, this.webhooks.call, randomUUID) : undefined;
    };
    const environment = { now: Date.now, newUid: randomUUID, random: Math.random };
    const createStore: CreateStore = ({ definition, strategy, normalize, form }, collection, watches) =>
      new ResourceStore({ definition, strategy, storage, collection, environment, normalize, form, watches });
    const builder = new CustomResourceBuilder(engine, createConverter);
    this.served = new ServedCustomResources(registry, storage, builder, createStore);
    const crds = (): Collection => this.crdStore().collection;
    this.installer = new DeclaredResourceInstaller({ registry, storage, engine, createConverter, createStore, crds });
    const manager = new FieldManager(Date.now);
    const status = new CrdStatusWriter(
      () => this.crds().subresources.get('status')!.storage,
      (before, after) => manager.update(before, after, OWN_MANAGER, statusTarget(this.crds())),
    );
    this.reconciler = new CrdReconciler(crds, this.served, status, {
      now: Date.now,
      onError: (name, error) => this.logger.error(`CustomResourceDefinition ${name}: ${String(error)}`),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.installer.install(this.declared.all);
    for (const { owner, crd } of this.declared.all) this.reconciler.reserve(crd.spec.group, owner, crd.spec.names);
    await this.reconciler.start();
    this.resting = setInterval(() => this.served.rest(), IDLE_SCHEMA_MS);
    this.resting.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.resting);
    this.installer.close();
    await this.reconciler.stop();
    this.webhooks.close();
  }

  private crds(): ServedResource {
    const served = this.registry.find(CRD_GROUP, CRD_RESOURCE);
    if (served === undefined) throw new Error(`${CRD_RESOURCE}.${CRD_GROUP} must be installed before it is followed`);
    return served;
  }

  private crdStore(): ResourceStore {
    const { storage } = this.crds();
    if (!(storage instanceof ResourceStore)) throw new Error(`${CRD_RESOURCE}.${CRD_GROUP} must be stored`);
    return storage;
  }
}

/** The API extensions server: custom resources. */
@Module({})
export class ExtensionsModule {
  static register(): DynamicModule {
    return {
      module: ExtensionsModule,
      providers: [
        ExtensionsLifecycle,
        {
          provide: ExtensionsTarget,
          inject: [ResourceRegistry, ResourceHandler],
          useFactory: (registry: ResourceRegistry, handler: ResourceHandler) => new ExtensionsServer(registry, handler),
        },
      ],
      exports: [ExtensionsTarget, ExtensionsLifecycle],
    };
  }
}
