import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { parseYamlDocument } from '../../apimachinery/runtime/yaml.js';

/** How to reach another API server, and as whom. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path; no slash at the end. */
  readonly server: string;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly insecure: boolean;
  /** Name that the server's certificate must carry instead of the host's. */
  readonly serverName: string | undefined;
  /** PEM of both, or neither. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The bearer token now; read anew from a file that rotates. '' for none. */
  readonly token: () => string;
}

const NOT_SUPPORTED = ['exec', 'auth-provider', 'username', 'password'];

/**
 * The current context of a kubeconfig. Files that it names are found from its own folder.
 * @throws Error that says what is missing or cannot be used
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function readKubeconfig(path: string): ClusterAccess {
  const config = parseYamlDocument(readFileSync(path), []);
  if (!isJsonObject(config)) throw new Error('it is no kubeconfig');
  const context = named(config, 'contexts', text(config['current-context']), 'context');
  const cluster = named(config, 'clusters', text(context['cluster']), 'cluster');
  const user = named(config, 'users', text(context['user']), 'user');
  const unsupported = NOT_SUPPORTED.find((name) => user[name] !== undefined);
  if (unsupported !== undefined)
    throw new Error(`users with ${unsupported} are not supported: use a certificate or a token`);
  const folder = dirname(path);
  const server = text(cluster['server']).replace(/\/+$/, '');
  if (!server.startsWith('https://')) throw new Error(`the server ${JSON.stringify(server)} must be an https URL`);
  const cert = pem(user, 'client-certificate', folder);
  const key = pem(user, 'client-key', folder);
  if ((cert === undefined) !== (key === undefined)) throw new Error('client-certificate and client-key go together');
  const serverName = text(cluster['tls-server-name']);
  return {
    server,
    ca: pem(cluster, 'certificate-authority', folder),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: serverName === '' ? undefined : serverName,
    cert,
    key,
    token: tokenOf(user, folder),
  };
}

/** An entry of one of the three lists: `{ name, <inner>: { ... } }`. */
function named(config: JsonObject, list: string, name: string, inner: string): JsonObject {
  const entries = config[list];
  const found = (Array.isArray(entries) ? entries : []).find((entry) => isJsonObject(entry) && entry['name'] === name);
  const value = isJsonObject(found) ? found[inner] : undefined;
  if (!isJsonObject(value)) throw new Error(`there is no ${inner} ${JSON.stringify(name)} in it`);
  return value;
}

/** What stands in `<name>-data` in base64, or in the file that `<name>` names. */
function pem(object: JsonObject, name: string, folder: string): string | undefined {
  const data = text(object[`${name}-data`]);
  if (data !== '') return Buffer.from(data, 'base64').toString();
  const file = text(object[name]);
  return file === '' ? undefined : readFileSync(resolve(folder, file), 'utf8');
}

function tokenOf(user: JsonObject, folder: string): () => string {
  const file = text(user['tokenFile']);
  if (file === '') return () => text(user['token']);
  return () => readFileSync(resolve(folder, file), 'utf8').trim();
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
