import { readFileSync } from 'node:fs';
// Before what makes certificates, which needs it; that is loaded with this file, so that no start waits for it.
import 'reflect-metadata';
import type { Abstract, Type } from '@nestjs/common';
import * as x509 from '@peculiar/x509';
import { Client } from './client/client.js';
import { type CompletedConfig, completeConfig } from './config/complete.js';
import { UsageError } from './config/option-values.js';
import { parseArguments } from './config/parse-arguments.js';
import { CertificateIssuer } from './config/pki/certificate-issuer.js';
import { PkiStore } from './config/pki/pki-store.js';
import { keysOfProcess } from './config/pki/process-keys.js';
import { temporaryFolders } from './config/temporary-folders.js';
import { hostLogger } from './observability/host-logger.js';
// Loaded with this file too, see there.
import './servers/aggregation/backends/preload-microservices.js';
import type { PluginModule } from './plugins/host/plugin-description.js';
import { type RunningServer, startServer } from './server.js';

/** A flag's value as the config file would have it. */
export type FlagValue = string | number | boolean | readonly string[];

export interface ApiServerOptions {
  /**
   * Flags of `npm start -- --help` by their names without dashes: `{ 'authorization-mode': 'AlwaysAllow' }`. Here `secure-port` is 0,
   * any free port, and `storage-url` is `sqlite::memory:` where nothing else is said.
   */
  readonly flags?: Readonly<Record<string, FlagValue>>;
  /** Classes with `@Plugin` (or Nest modules), in the order in which they are asked. */
  readonly plugins?: readonly PluginModule[];
  /** Folder for keys, kubeconfig and database; without one a new folder, which `close` removes. */
  readonly dataDir?: string;
}

/** An API server in this process. */
export abstract class ApiServer implements AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  abstract readonly url: string;
  /** Certificate of the authority that signed the server's, PEM. */
  abstract readonly caCert: string;
  /** An administrator's certificate and key, PEM. */
  abstract readonly adminCert: string;
  abstract readonly adminKey: string;
  /** A kubeconfig of that administrator: its text, and the path of a file that holds it. */
  abstract readonly kubeconfig: string;
  abstract readonly kubeconfigPath: string;
  /** The API without a socket, as an administrator. */
  abstract readonly client: Client;
  /** What the application's modules, plugins among them, provide under this class. */
  abstract get<T>(token: Abstract<T> | Type<T>): T;
  /** Ends in good order: watches end, open requests are answered, what was made is removed. May be called again. */
  abstract close(): Promise<void>;
  abstract [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a whole API server in this process: in memory, on a free port. There may be several; each has its own port, objects and
 * plugins. Those in memory share one set of keys, which lives as long as the process.
 * @throws StartError for what the machine refuses and for plugins that cannot be used, UsageError for a flag that was written wrong
 */
export async function createApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const own = options.dataDir === undefined ? temporaryFolders.make() : undefined;
  const dataDir = options.dataDir ?? own!;
  const logger = hostLogger.borrow();
  try {
    const config = await configOf(options, dataDir);
    const server = await start(config, options.plugins ?? []);
    if (config.withoutEffect.length > 0) {
      logger.host?.warn(`without effect here: ${config.withoutEffect.join(', ')}`, 'kubenest');
    }
    return embedded(server, config, () => temporaryFolders.remove(own));
  } catch (error) {
    temporaryFolders.remove(own);
    throw error;
  } finally {
    logger.restore();
  }
}

async function configOf(options: ApiServerOptions, dataDir: string): Promise<CompletedConfig> {
  const flags = { 'secure-port': 0, 'storage-url': 'sqlite::memory:', ...options.flags, 'data-dir': dataDir };
  if ('client-ca-file' in flags) {
    throw new UsageError('client-ca-file: an embedded server makes its own administrator; leave the flag out');
  }
  const args = parseArguments(argumentsOf(flags));
  const complete = () => completeConfig(args, new PkiStore(dataDir, new CertificateIssuer(Date.now, x509)));
  return options.dataDir === undefined ? keysOfProcess.around(dataDir, complete) : complete();
}

function embedded(server: RunningServer, { options, pki }: CompletedConfig, removeFolder: () => void): ApiServer {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.stop().finally(removeFolder);
    return closing;
  };
  const read = (path: string): string => readFileSync(path, 'utf8');
  const kubeconfigPath = server.kubeconfig ?? '';
  return {
    url: server.url,
    caCert: read(options.servingCaFile),
    adminCert: read(pki.adminCert),
    adminKey: read(pki.adminKey),
    kubeconfig: read(kubeconfigPath),
    kubeconfigPath,
    client: server.get(Client),
    get: server.get,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The plugin system is loaded only where there are plugins. */
async function start(config: CompletedConfig, plugins: readonly PluginModule[]): Promise<RunningServer> {
  if (plugins.length === 0) return startServer(config, { localClient: true });
  const { startWithPlugins } = await import('./start-with-plugins.js');
  return startWithPlugins(config, plugins);
}

function argumentsOf(flags: Readonly<Record<string, FlagValue>>): string[] {
  return Object.entries(flags).map(
    ([name, value]) => `--${name}=${Array.isArray(value) ? value.join(',') : String(value)}`,
  );
}
