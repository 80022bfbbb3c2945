import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type DynamicModule,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { Catalogue } from '../../apis/catalogue.js';
import { openDescriptions } from '../../apis/descriptions.js';
import { servesCbor } from '../../config/feature-gates.js';
import { ServerConfig, type ServerOptions } from '../../config/server-options.js';
import { AggregationTarget } from '../../delegation/chain.js';
import { ApiRegistrations } from '../../endpoints/discovery/api-registrations.js';
import { DiscoveryHandler } from '../../endpoints/discovery/discovery-handler.js';
import type { OpenApiSettings } from '../../endpoints/openapi/documents.js';
import { OpenApiHandler, RemoteOpenApi } from '../../endpoints/openapi/openapi-handler.js';
import { headerForwarding } from '../../endpoints/proxy/forwarded-headers.js';
import { ResourceHandler } from '../../endpoints/resource-handler.js';
import { ServedGroups } from '../../endpoints/served-groups.js';
import { CRD_GROUP, CRD_RESOURCE } from '../../registry/apiextensions/crd.js';
import { API_SERVICE_GROUP, API_SERVICE_RESOURCE } from '../../registry/apiregistration/api-service.js';
import { type DeclaredResource, DeclaredResources } from '../../registry/declared-resource.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { SecurityParts } from '../../security/security.module.js';
import { AggregationServer } from './aggregation.server.js';
import { ApiDocuments } from './api-documents.js';
import { ApiServiceRegistrations } from './api-service-registrations.js';
import { ApiServiceTable } from './api-service-table.js';
import {
  AutoRegistrationReconciler,
  CUSTOM_PRIORITIES,
  type LocalGroupVersion,
} from './auto-registration.reconciler.js';
import { AvailabilityReconciler } from './availability.reconciler.js';
import { HttpsBackend, type ProxyCertificate } from './backends/https-backend.js';
import { MicroserviceBackends } from './backends/microservice/microservice-backends.js';
import { RemoteOpenApiDocuments } from './remote-open-api.js';
import { ServiceResolver } from './service-resolver.js';

/** The parts of the aggregation layer that discovery and the proxy share. */
@Injectable()
export class Aggregation implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly table: ApiServiceTable;
  readonly registrations: ApiServiceRegistrations;
  readonly openApi: RemoteOpenApiDocuments;
  private readonly logger = new Logger('aggregation');
  private readonly availability: AvailabilityReconciler;
  private readonly autoRegistration: AutoRegistrationReconciler;
  private readonly microservices: MicroserviceBackends;
  private certificate: ProxyCertificate | undefined;

  constructor(
    private readonly registry: ResourceRegistry,
    catalogue: Catalogue,
    private readonly config: ServerConfig,
    handler: ResourceHandler,
    declared: DeclaredResources,
  ) {
    const collections = {
      services: () => this.find('', 'services')?.collection,
      endpointSlices: () => this.find('discovery.k8s.io', 'endpointslices')?.collection,
    };
    const resolver = new ServiceResolver(collections, config.options.enableAggregatorRouting);
    const onError = (name: string, error: unknown): void => this.logger.error(`APIService ${name}: ${String(error)}`);
    const apiServices = (): ResourceStore => this.store(API_SERVICE_GROUP, API_SERVICE_RESOURCE);
    this.microservices = new MicroserviceBackends({
      resolver,
      environment: {
        handler,
        store: { now: Date.now, newUid: randomUUID, random: Math.random },
        openApi: openApiSettings(catalogue, config),
        objectMeta: () => catalogue.schemaOf('meta.v1.ObjectMeta'),
      },
      certificate: () => this.certificate,
      onGone: (name, afterMs) => this.availability.recheck(name, afterMs),
    });
    this.table = new ApiServiceTable(
      () => apiServices().collection,
      (service) => this.microservices.create(service) ?? new HttpsBackend(service.spec, resolver, this.certificate),
    );
    this.registrations = new ApiServiceRegistrations(this.table, servedGroups(config));
    this.openApi = new RemoteOpenApiDocuments(this.table, Date.now);
    this.availability = new AvailabilityReconciler(this.table, resolver, collections, {
      now: Date.now,
      status: () => registry.find(API_SERVICE_GROUP, API_SERVICE_RESOURCE)!.subresources.get('status')!.storage,
      onError,
      onChecked: (name, available) => {
        void this.registrations.refresh(name, available);
        if (available) void this.openApi.refresh(name);
      },
    });
    this.autoRegistration = new AutoRegistrationReconciler({
      apiServices,
      crds: () => this.store(CRD_GROUP, CRD_RESOURCE).collection,
      onError,
      builtin: () => [
        ...(catalogue.bootstrap()['apiservices'] ?? []).flatMap(localGroupVersion),
        ...declared.all.flatMap(declaredGroupVersions),
      ],
    });
  }

  /** The built-in kinds are installed by now. */
  async onApplicationBootstrap(): Promise<void> {
    this.certificate = readCertificate(this.config.options);
    this.microservices.configure(this.config.options.microserviceTransportsFile);
    await this.table.start();
    this.table.onChange((name) => this.openApi.changed(name));
    await this.autoRegistration.start();
    this.availability.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.availability.stop();
    await this.autoRegistration.stop();
    await this.table.stop();
  }

  private find(group: string, resource: string): ResourceStore | undefined {
    return this.registry.find(group, resource)?.store;
  }

  private store(group: string, resource: string): ResourceStore {
    const store = this.find(group, resource);
    if (store === undefined) throw new Error(`${resource}.${group} must be installed before it is followed`);
    return store;
  }
}

function readCertificate({ proxyClientCertFile, proxyClientKeyFile }: ServerOptions): ProxyCertificate | undefined {
  if (proxyClientCertFile === '' || proxyClientKeyFile === '') return undefined;
  return { cert: readFileSync(proxyClientCertFile), key: readFileSync(proxyClientKeyFile) };
}

function servedGroups({ options }: ServerConfig): ServedGroups {
  return new ServedGroups(options.apiGroups);
}

const KUBERNETES_MINOR_VERSION = '1.37';

function openApiSettings(catalogue: Catalogue, config: ServerConfig): OpenApiSettings {
  const groups = servedGroups(config);
  return {
    serves: (group) => groups.has(group),
    types: catalogue,
    facts: catalogue.builtinResources(),
    cbor: servesCbor(config.options),
    descriptions: openDescriptions(),
    version: KUBERNETES_MINOR_VERSION,
  };
}

function apiDocuments(
  registry: ResourceRegistry,
  catalogue: Catalogue,
  registrations: ApiRegistrations,
  remote: RemoteOpenApi,
  { documents }: SecurityParts,
  config: ServerConfig,
): ApiDocuments {
  const { options } = config;
  const facts = catalogue.builtinResources();
  const serverAddress = () => `${options.advertiseAddress}:${options.securePort}`;
  return new ApiDocuments(
    new DiscoveryHandler(registry, registrations, { facts, serverAddress, cbor: servesCbor(options) }),
    new OpenApiHandler(registry, openApiSettings(catalogue, config), remote),
    documents,
    registrations,
  );
}

/** An APIService of the bootstrap data as what it registers. */
function localGroupVersion({ spec }: JsonObject): LocalGroupVersion[] {
  if (!isJsonObject(spec)) return [];
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  return [
    {
      group: String(group),
      version: String(version),
      groupPriorityMinimum: Number(groupPriorityMinimum),
      versionPriority: Number(versionPriority),
    },
  ];
}

function declaredGroupVersions({ crd }: DeclaredResource): LocalGroupVersion[] {
  const { group, versions } = crd.spec;
  return versions.filter(({ served }) => served).map(({ name: version }) => ({ group, version, ...CUSTOM_PRIORITIES }));
}

/** The aggregation server: APIServices, the proxy to their backends, and what discovery lists. */
@Module({})
export class AggregationModule {
  static register(): DynamicModule {
    return {
      module: AggregationModule,
      providers: [
        Aggregation,
        {
          provide: AggregationTarget,
          inject: [Aggregation, ApiDocuments, ServerConfig],
          useFactory: ({ table }: Aggregation, documents: ApiDocuments, config: ServerConfig) =>
            new AggregationServer(table, documents, servedGroups(config), headerForwarding(config.options)),
        },
        {
          provide: ApiDocuments,
          inject: [ResourceRegistry, Catalogue, ApiRegistrations, RemoteOpenApi, SecurityParts, ServerConfig],
          useFactory: apiDocuments,
        },
        {
          provide: ApiRegistrations,
          inject: [Aggregation],
          useFactory: ({ registrations }: Aggregation) => registrations,
        },
        {
          provide: RemoteOpenApi,
          inject: [Aggregation],
          useFactory: ({ openApi }: Aggregation) => openApi,
        },
      ],
      exports: [AggregationTarget, ApiRegistrations, Aggregation],
    };
  }
}
