import { accessSync, constants, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfigFile } from './config-file.js';
import { idleGates } from './feature-gates.js';
import { makeDirectory } from './make-directory.js';
import { OPTIONS } from './option-table.js';
import { type OptionValue, parseOptionValue, UsageError } from './option-values.js';
import type { ParsedArguments } from './parse-arguments.js';
import { firstAddress } from './pki/ip-range.js';
import { type PkiPaths, PkiStore } from './pki/pki-store.js';
import type { ServerOptions } from './server-options.js';
import { StartError } from './start-error.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface CompletedConfig {
  readonly options: ServerOptions;
  /** Keys of the data folder, whether used or replaced by the operator's. */
  readonly pki: PkiPaths;
  readonly withoutEffect: readonly string[];
}

/**
 * Options from flags over config file over defaults, with the data folder made ready; frozen, never changed afterwards.
 * @throws UsageError for what was written wrong, StartError for what the machine refuses
 */
export async function completeConfig(args: ParsedArguments, pki?: PkiStore): Promise<CompletedConfig> {
  const file = args.configFile === '' ? undefined : await readConfigFile(args.configFile);
  const given = new Map([...(file?.texts ?? []), ...args.texts]);
  const options = optionsOf(given);
  validate(options);
  const idle = idleGates(options.featureGates).map((name) => `feature-gates=${name}`);
  prepareDataDir(options.dataDir);
  const paths = await ensurePki(options, pki ?? new PkiStore(options.dataDir));
  return {
    options: Object.freeze(fillFromPki(options, paths)),
    pki: paths,
    withoutEffect: [...(file?.withoutEffect ?? []), ...args.withoutEffect, ...idle],
  };
}

/** Options without a data folder behind them: defaults and what was written, paths made absolute. */
export function optionsOf(given: ReadonlyMap<string, readonly string[]>): Mutable<ServerOptions> {
  const values: Partial<Record<keyof ServerOptions, OptionValue>> = {};
  for (const [name, definition] of OPTIONS) {
    values[definition.key] = parseOptionValue(definition, given.get(name) ?? [definition.default]);
  }
  const options = values as unknown as Mutable<ServerOptions>;
  options.dataDir = resolve(options.dataDir);
  if (options.storageUrl === '') options.storageUrl = `sqlite:${join(options.dataDir, 'state.db')}`;
  if (options.advertiseAddress === '') options.advertiseAddress = advertisedFor(options.bindAddress);
  if (options.apiAudiences.length === 0) options.apiAudiences = options.serviceAccountIssuer;
  return options;
}

function advertisedFor(bindAddress: string): string {
  if (bindAddress !== '0.0.0.0' && bindAddress !== '::') return bindAddress;
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address !== undefined && !address.internal && address.family === 'IPv4');
  return outside?.address ?? '127.0.0.1';
}

function validate(options: ServerOptions): void {
  const together = (a: string, b: string, first: string, second: string): void => {
    if ((a === '') !== (b === '')) throw new UsageError(`--${first} and --${second} must be given together`);
  };
  together(options.tlsCertFile, options.tlsPrivateKeyFile, 'tls-cert-file', 'tls-private-key-file');
  together(options.proxyClientCertFile, options.proxyClientKeyFile, 'proxy-client-cert-file', 'proxy-client-key-file');
  together(
    options.kubeletClientCertificate,
    options.kubeletClientKey,
    'kubelet-client-certificate',
    'kubelet-client-key',
  );
  if (options.serviceClusterIpRange.length === 0)
    throw new UsageError('--service-cluster-ip-range must name a range such as 10.0.0.0/24');
  for (const range of options.serviceClusterIpRange) {
    try {
      firstAddress(range);
    } catch (error) {
      throw new UsageError(`--service-cluster-ip-range: ${(error as Error).message}`);
    }
  }
  if (options.authorizationMode.length === 0)
    throw new UsageError('--authorization-mode must name at least one, such as RBAC');
  if (!/^(?:sqlite:|postgres(?:ql)?:\/\/)/.test(options.storageUrl)) {
    throw new UsageError(
      `--storage-url: ${JSON.stringify(redacted(options.storageUrl))} must start with sqlite: or postgres://`,
    );
  }
}

/** Without what may be a password. */
function redacted(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}

function prepareDataDir(dataDir: string): void {
  try {
    makeDirectory(dataDir);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(
      `the data folder ${dataDir} cannot be written (${codeOf(error)}); choose another with --data-dir`,
    );
  }
}

async function ensurePki(options: ServerOptions, pki: PkiStore): Promise<PkiPaths> {
  try {
    return await pki.ensure(options);
  } catch (error) {
    throw new StartError(
      `the keys in ${join(options.dataDir, 'pki')} cannot be made or read: ${(error as Error).message}`,
    );
  }
}

function fillFromPki(options: Mutable<ServerOptions>, pki: PkiPaths): ServerOptions {
  if (options.tlsCertFile === '') {
    options.tlsCertFile = pki.servingCert;
    options.tlsPrivateKeyFile = pki.servingKey;
  }
  options.servingCaFile = options.tlsCertFile === pki.servingCert ? pki.caCert : options.tlsCertFile;
  if (options.clientCaFile === '') options.clientCaFile = pki.caCert;
  if (options.proxyClientCertFile === '') {
    options.proxyClientCertFile = pki.frontProxyClientCert;
    options.proxyClientKeyFile = pki.frontProxyClientKey;
  }
  if (options.requestheaderClientCaFile === '') {
    options.requestheaderClientCaFile = pki.frontProxyCaCert;
    if (options.requestheaderAllowedNames.length === 0) options.requestheaderAllowedNames = ['front-proxy-client'];
  }
  if (options.serviceAccountSigningKeyFile === '') options.serviceAccountSigningKeyFile = pki.serviceAccountKey;
  if (options.serviceAccountKeyFile.length === 0)
    options.serviceAccountKeyFile = [options.serviceAccountSigningKeyFile];
  return options;
}

/** @throws StartError that names the flag and the file */
export function readNamedFile(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`--${flag}: cannot read ${path} (${codeOf(error)}); check the path and its permissions`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
