import { X509Certificate } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { RequestHeaderOptions } from '../authentication/request-header.js';
import type { RemoteCluster } from './remote-cluster.js';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const NAMESPACE = 'kube-system';
/** The ConfigMap in which an API server says how servers behind it know its users. */
export const TRUST_CONFIG_MAP = { namespace: NAMESPACE, name: 'extension-apiserver-authentication' } as const;

/** What an API server publishes of whom it trusts. PEM; '' where it has none. */
export interface ClusterTrust {
  readonly clientCa: string;
  readonly requestheaderClientCa: string;
  readonly requestheader: RequestHeaderOptions;
}

/**
 * @throws RemoteClusterError, Error where the ConfigMap is of another form
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#original-request-username-and-group
 */
export async function lookUpTrust(cluster: RemoteCluster): Promise<ClusterTrust> {
  const { namespace, name } = TRUST_CONFIG_MAP;
  const found = await cluster.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
  const data = isJsonObject(found['data']) ? found['data'] : {};
  const text = (key: string): string => {
    const value = data[key];
    return typeof value === 'string' ? value : '';
  };
  const list = (key: string): string[] => readList(key, text(key));
  return {
    clientCa: checked('client-ca-file', text('client-ca-file')),
    requestheaderClientCa: checked('requestheader-client-ca-file', text('requestheader-client-ca-file')),
    requestheader: {
      allowedNames: list('requestheader-allowed-names'),
      usernameHeaders: list('requestheader-username-headers'),
      uidHeaders: list('requestheader-uid-headers'),
      groupHeaders: list('requestheader-group-headers'),
      extraHeaderPrefixes: list('requestheader-extra-headers-prefix'),
    },
  };
}

/** PEM that can be used as it is. @throws Error */
function checked(key: string, pem: string): string {
  if (pem === '') return '';
  try {
    for (const block of pem.match(PEM_BLOCK) ?? ['']) new X509Certificate(block);
    return pem;
  } catch {
    throw new Error(`${key} holds something other than certificates in PEM form`);
  }
}

function readList(key: string, text: string): string[] {
  if (text === '') return [];
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new Error(`${key} is no list in JSON: ${text}`);
  }
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
