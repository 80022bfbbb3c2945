import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Abstract, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule, type MoreParts } from './app.module.js';
import type { CompletedConfig } from './config/complete.js';
import { formatKubeconfig } from './config/pki/kubeconfig.js';
import { writePrivate } from './config/pki/pki-store.js';
import type { ServerOptions } from './config/server-options.js';
import { StartError } from './config/start-error.js';
import { ApiAdapter } from './http/api-adapter.js';
import { HttpServer } from './http/http-server.js';
import { readTlsMaterial } from './http/tls-files.js';
import { HealthRegistry } from './observability/health.js';
import { createLogger, NestLogger } from './observability/logging.js';
import { DelegatedTrust } from './security/delegation/delegated-trust.js';
import { StorageError } from './storage/errors.js';
import { Storage } from './storage/storage.js';

/** A server that listens. */
export interface RunningServer {
  /** `https://host:port` as clients on this machine reach it. */
  readonly url: string;
  /** Path of the administrator's kubeconfig; undefined where the operator's own authority decides who is one. */
  readonly kubeconfig: string | undefined;
  /** What a module of the application provides under this class. */
  get<T>(token: Abstract<T> | Type<T>): T;
  /** Ends in good order: not ready, no new connections, open requests answered, storage closed. */
  stop(): Promise<void>;
}

/** @throws StartError for what the operator can mend */
export async function startServer(config: CompletedConfig, parts: MoreParts = {}): Promise<RunningServer> {
  const trust = await DelegatedTrust.open(config);
  const options = trust?.apply(config.options) ?? config.options;
  const tls = readTlsMaterial(options);
  const server = new HttpServer(options, { ...tls, ...trust?.authorities(tls) });
  trust?.follow(tls, (authorities) => server.renewTrust(authorities));
  const logger = new NestLogger(createLogger(options));
  const root = AppModule.register(options, server, parts);
  const app = await NestFactory.create<INestApplication>(root, new ApiAdapter(server), {
    bodyParser: false,
    // What stands in the way of a start is told once, by us.
    logger: false,
    abortOnError: false,
  });
  app.useLogger(logger);
  addStorageChecks(app);
  try {
    await app.init();
    // What goes wrong with the port is told once, by us.
    app.useLogger(false);
    await listen(app, options);
    app.useLogger(logger);
  } catch (error) {
    await app.close();
    await trust?.close();
    throw error instanceof StorageError ? new StartError(error.message) : error;
  }
  const url = urlOf(options.bindAddress, (app.getHttpServer().address() as AddressInfo).port);
  return {
    url,
    kubeconfig: writeKubeconfig(config, url),
    get: (token) => app.get(token, { strict: false }),
    stop: async () => {
      await stop(app, server, options);
      await trust?.close();
    },
  };
}

/** The store under the names that clients know from etcd. */
function addStorageChecks(app: INestApplication): void {
  const storage = app.get(Storage, { strict: false });
  const check = async (): Promise<void> => {
    if (storage.revision < 0) throw new Error('the store is not open');
    await storage.caughtUp();
  };
  const health = app.get(HealthRegistry, { strict: false });
  health.add({ name: 'etcd', check });
  health.add({ name: 'etcd-readiness', check }, ['readyz']);
}

async function listen(app: INestApplication, { securePort, bindAddress }: ServerOptions): Promise<void> {
  try {
    await app.listen(securePort, bindAddress);
  } catch (error) {
    const where = `${bindAddress} port ${securePort}`;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new StartError(`${where} is taken; choose another with --secure-port`);
    if (code === 'EACCES') throw new StartError(`${where} may not be used; choose one above 1023 with --secure-port`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartError(`${bindAddress} is no address of this machine; choose another with --bind-address`);
    }
    throw error;
  }
}

function urlOf(bindAddress: string, port: number): string {
  if (bindAddress === '0.0.0.0') return `https://127.0.0.1:${port}`;
  if (bindAddress === '::') return `https://[::1]:${port}`;
  return `https://${bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress}:${port}`;
}

function writeKubeconfig({ options, pki }: CompletedConfig, server: string): string | undefined {
  if (options.clientCaFile !== pki.caCert) return undefined;
  const read = (path: string): string => readFileSync(path, 'utf8');
  const ownServing = options.tlsCertFile === pki.servingCert;
  const path = join(options.dataDir, 'admin.kubeconfig');
  const caCert = read(ownServing ? pki.caCert : options.tlsCertFile);
  const content = { server, caCert, clientCert: read(pki.adminCert), clientKey: read(pki.adminKey) };
  writePrivate(path, formatKubeconfig(content));
  return path;
}

async function stop(app: INestApplication, server: HttpServer, options: ServerOptions): Promise<void> {
  const shuttingDown = () => {
    throw new Error('the server is shutting down');
  };
  app.get(HealthRegistry, { strict: false }).add({ name: 'shutdown', check: shuttingDown }, ['readyz']);
  if (options.shutdownDelayMs > 0) await delay(options.shutdownDelayMs);
  await server.drain(options.shutdownGraceMs);
  await app.close();
}
