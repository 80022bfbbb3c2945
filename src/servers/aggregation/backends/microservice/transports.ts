import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ClientOptions, CustomClientOptions } from '@nestjs/microservices';
import type { JsonObject } from '../../../../apimachinery/meta/json.js';
import { type ApiService, TRANSPORT_ANNOTATION } from '../../../../registry/apiregistration/api-service.js';
import type { ProxyCertificate } from '../https-backend.js';

/** Named limit: characters of one message of an answer. */
const MESSAGE_CHARS_MAX = 16 * 1024 * 1024;

/** A way to reach microservices that the configuration file names. */
export interface NamedTransport {
  readonly name: string;
  /** tcp, nats, redis, mqtt, rmq, or the path of a module whose default export is a `ClientProxy` of Nest. */
  readonly strategy: string;
  /** Of Nest's client for that strategy; host and port come from the Service. */
  readonly options: JsonObject;
}

export interface TransportConfig {
  readonly transports: readonly NamedTransport[];
  /** Name of an APIService -> name of its transport; comes before the annotation. */
  readonly apiServices: ReadonlyMap<string, string>;
}

export const NO_TRANSPORTS: TransportConfig = { transports: [], apiServices: new Map() };

/** What needs no configuration. */
const BUILT_IN: readonly NamedTransport[] = ['tcp', 'nats'].map((name) => ({ name, strategy: name, options: {} }));

/** Driver that Nest loads for a strategy; without it, Nest ends the process. */
const DRIVERS: Readonly<Record<string, string>> = {
  nats: '@nats-io/transport-node',
  redis: 'ioredis',
  mqtt: 'mqtt',
  rmq: 'amqplib',
};

/** The transport of an APIService; undefined for one that is reached over HTTPS. */
export function transportNameOf(service: Readonly<ApiService>, { apiServices }: TransportConfig): string | undefined {
  return apiServices.get(service.metadata.name ?? '') ?? service.metadata.annotations?.[TRANSPORT_ANNOTATION];
}

export function findTransport(name: string, { transports }: TransportConfig): NamedTransport | undefined {
  return [...transports, ...BUILT_IN].find((transport) => transport.name === name);
}

/** What a connection shows and believes; undefined: no TLS. */
export type TlsSettings = Readonly<Record<string, unknown>> | undefined;

/**
 * TLS is used where the APIService says whom to believe, with the front proxy's certificate, and the name
 * SERVICE.NAMESPACE.svc, as with HTTPS.
 */
export function tlsOf({ spec }: Readonly<ApiService>, certificate: ProxyCertificate | undefined): TlsSettings {
  if (!spec.caBundle && spec.insecureSkipTLSVerify !== true) return undefined;
  const { namespace = '', name = '' } = spec.service ?? {};
  return {
    ...certificate,
    ...(spec.caBundle && { ca: Buffer.from(spec.caBundle, 'base64').toString() }),
    servername: `${name}.${namespace}.svc`,
    rejectUnauthorized: spec.insecureSkipTLSVerify !== true,
  };
}

/** Nest's options for a client of a transport. @throws Error telling what to mend */
export async function clientOptions(
  { name, strategy, options }: NamedTransport,
  address: string,
  tls: TlsSettings,
): Promise<ClientOptions | CustomClientOptions> {
  requireDriver(name, strategy);
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const { Transport } = await import('@nestjs/microservices');
  switch (strategy) {
    case 'tcp': {
      const limits = { maxBufferSize: MESSAGE_CHARS_MAX };
      return {
        transport: Transport.TCP,
        options: { ...limits, ...options, host, port: Number(port), ...(tls && { tlsOptions: tls }) },
      };
    }
    case 'nats':
      return {
        transport: Transport.NATS,
        options: { ...options, servers: address, reconnect: false, ...(tls && { tls }) },
      };
    case 'redis':
      return { transport: Transport.REDIS, options: { ...options, host, port: Number(port), ...(tls && { tls }) } };
    case 'mqtt':
      return {
        transport: Transport.MQTT,
        options: { ...options, url: `${tls ? 'mqtts' : 'mqtt'}://${address}`, ...tls },
      };
    case 'rmq':
      return { transport: Transport.RMQ, options: { ...options, urls: [`${tls ? 'amqps' : 'amqp'}://${address}`] } };
    default:
      return { customClass: await loadClient(name, strategy), options: { ...options, host, port: Number(port), tls } };
  }
}

function requireDriver(name: string, strategy: string): void {
  const driver = DRIVERS[strategy];
  if (driver === undefined) return;
  try {
    createRequire(import.meta.url).resolve(driver);
  } catch {
    throw new Error(`transport ${name} needs the package ${driver}, which is not installed: npm install ${driver}`);
  }
}

async function loadClient(name: string, path: string): Promise<CustomClientOptions['customClass']> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    throw new Error(`transport ${name}: cannot load ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof loaded.default !== 'function')
    throw new Error(`transport ${name}: ${path} has no default export that is a class`);
  return loaded.default as CustomClientOptions['customClass'];
}
