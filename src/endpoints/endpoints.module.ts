import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { readNamedFile } from '../config/complete.js';
import { allowsUnsafeDeletion, servesCbor } from '../config/feature-gates.js';
import { ServerConfig, type ServerOptions } from '../config/server-options.js';
import { RequestTypes } from '../registry/registry.module.js';
import { Authorizer } from '../security/authorization/authorizer.js';
import { Storage } from '../storage/storage.js';
import { FieldManagement } from './field-management.js';
import { ManagedFieldManagement } from './managed-field-management.js';
import { ConnectProxy } from './proxy/connect-proxy.js';
import { headerForwarding } from './proxy/forwarded-headers.js';
import { ResourceHandler } from './resource-handler.js';

const BOOKMARK_INTERVAL_MS = 60_000;

/** The way to kubelets and into the cluster's network, closed with the server. */
@Injectable()
class Connections implements OnApplicationShutdown {
  readonly proxy: ConnectProxy;

  constructor({ options }: ServerConfig) {
    this.proxy = new ConnectProxy(kubeletTls(options), headerForwarding(options));
  }

  onApplicationShutdown(): void {
    this.proxy.close();
  }
}

/** @throws StartError for files that cannot be read */
function kubeletTls(options: ServerOptions) {
  const read = (flag: string, path: string) => (path === '' ? undefined : readNamedFile(flag, path));
  return {
    ca: read('kubelet-certificate-authority', options.kubeletCertificateAuthority),
    cert: read('kubelet-client-certificate', options.kubeletClientCertificate),
    key: read('kubelet-client-key', options.kubeletClientKey),
    connectTimeoutMs: options.kubeletTimeoutMs,
  };
}

/** The verb handlers, shared by every server that serves resources. */
@Module({})
export class EndpointsModule {
  static register(): DynamicModule {
    return {
      module: EndpointsModule,
      global: true,
      providers: [
        Connections,
        { provide: FieldManagement, useFactory: () => new ManagedFieldManagement(Date.now) },
        {
          provide: ResourceHandler,
          inject: [Admission, FieldManagement, RequestTypes, Storage, ServerConfig, Authorizer, Connections],
          useFactory: (
            admission: Admission,
            fieldManagement: FieldManagement,
            types: RequestTypes,
            storage: Storage,
            { options }: ServerConfig,
            authorizer: Authorizer,
            connections: Connections,
          ) =>
            new ResourceHandler({
              admission,
              authorizer,
              connectProxy: connections.proxy,
              fieldManagement,
              isKnownKind: types.isKnownKind,
              wire: types.wire,
              cbor: servesCbor(options),
              unsafeDeletion: allowsUnsafeDeletion(options),
              deleteOptions: types.deleteOptions,
              now: Date.now,
              random: Math.random,
              newestRevision: () => storage.revision,
              minRequestTimeoutMs: options.minRequestTimeoutMs,
              bookmarkIntervalMs: BOOKMARK_INTERVAL_MS,
              watchQueueBytesMax: options.watchQueueBytesMax,
            }),
        },
      ],
      exports: [FieldManagement, ResourceHandler],
    };
  }
}
