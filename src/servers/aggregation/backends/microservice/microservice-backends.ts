import { type ApiService, HTTPS_PORT, TRANSPORT_ANNOTATION } from '../../../../registry/apiregistration/api-service.js';
import type { ServiceResolver } from '../../service-resolver.js';
import { Backend, BackendError } from '../backend.js';
import type { ProxyCertificate } from '../https-backend.js';
import { MicroserviceBackend, type MicroserviceEnvironment } from './microservice-backend.js';
import { NestMessageClient } from './nest-message-client.js';
import { readTransportFile } from './transport-file.js';
import {
  clientOptions,
  findTransport,
  NO_TRANSPORTS,
  type TransportConfig,
  tlsOf,
  transportNameOf,
} from './transports.js';

export interface MicroserviceBackendsParts {
  readonly resolver: ServiceResolver;
  readonly environment: MicroserviceEnvironment;
  readonly certificate: () => ProxyCertificate | undefined;
  /** Called with the name of an APIService whose backend seems to be gone, and the time after which to look. */
  readonly onGone: (name: string, afterMs: number) => void;
}

/** Makes backends of the APIServices that a transport is named for. */
export class MicroserviceBackends {
  private config: TransportConfig = NO_TRANSPORTS;

  constructor(private readonly parts: MicroserviceBackendsParts) {}

  /** Reads what `--microservice-transports-file` names; '' for none. @throws StartError */
  configure(path: string): void {
    this.config = path === '' ? NO_TRANSPORTS : readTransportFile(path);
  }

  /** Undefined for an APIService that is reached over HTTPS. */
  create(service: Readonly<ApiService>): Backend | undefined {
    const name = transportNameOf(service, this.config);
    if (name === undefined) return undefined;
    const transport = findTransport(name, this.config);
    if (transport === undefined) return new UnknownTransport(name);
    const { resolver, environment, certificate, onGone } = this.parts;
    const { group = '', version = '', service: target } = service.spec;
    const resolve = () => resolver.resolve(target?.namespace ?? '', target?.name ?? '', target?.port ?? HTTPS_PORT);
    const tls = tlsOf(service, certificate());
    const client = new NestMessageClient(
      tls === undefined ? name : `${name}+tls`,
      resolve,
      (address) => clientOptions(transport, address, tls),
      () => backend.lost(),
    );
    const backend = new MicroserviceBackend({ group, version }, client, environment, (afterMs) =>
      onGone(service.metadata.name ?? '', afterMs),
    );
    return backend;
  }
}

/** An APIService that names a transport nobody knows: never available, and its condition says why. */
class UnknownTransport extends Backend {
  constructor(private readonly transport: string) {
    super();
  }

  override urlOf(): string {
    return `${this.transport}:`;
  }

  override send(): Promise<never> {
    const known = 'tcp, nats, and what --microservice-transports-file names';
    const text = `${TRANSPORT_ANNOTATION} names ${JSON.stringify(this.transport)}; known are ${known}`;
    return Promise.reject(new BackendError(text));
  }

  override async close(): Promise<void> {}
}
