import { X509Certificate } from 'node:crypto';
import { isJsonObject, type JsonObject, jsonClone } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Reconcile } from './reconcile.js';

/** Whom this server believes, as servers behind it need to know. PEM; '' where there is none. */
export interface TrustSettings {
  readonly clientCa: string;
  readonly requestheaderClientCa: string;
  readonly requestheaderAllowedNames: readonly string[];
  readonly requestheaderUsernameHeaders: readonly string[];
  readonly requestheaderUidHeaders: readonly string[];
  readonly requestheaderGroupHeaders: readonly string[];
  readonly requestheaderExtraHeadersPrefix: readonly string[];
}

const CERTIFICATES = ['client-ca-file', 'requestheader-client-ca-file'];
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The ConfigMap from which servers behind this one learn how to recognise its users.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#original-request-username-and-group
 */
export function clusterTrustConfigMap(settings: TrustSettings): KubeObject {
  const list = (names: readonly string[]): string => JSON.stringify(names);
  const data = {
    ...(settings.clientCa !== '' && { 'client-ca-file': settings.clientCa }),
    ...(settings.requestheaderClientCa !== '' && {
      'requestheader-allowed-names': list(settings.requestheaderAllowedNames),
      'requestheader-client-ca-file': settings.requestheaderClientCa,
      'requestheader-extra-headers-prefix': list(settings.requestheaderExtraHeadersPrefix),
      'requestheader-group-headers': list(settings.requestheaderGroupHeaders),
      'requestheader-uid-headers': list(settings.requestheaderUidHeaders),
      'requestheader-username-headers': list(settings.requestheaderUsernameHeaders),
    }),
  };
  return { metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' }, data };
}

/**
 * Authorities that were published before stay until they expire, so that a change of keys cuts nobody off; names and headers are
 * added to those that are there.
 * @param now ms since the epoch
 */
export function reconcileClusterTrust(now: number): Reconcile {
  return (existing, wanted) => {
    const before = isJsonObject(existing['data']) ? existing['data'] : {};
    const data: JsonObject = { ...before };
    for (const [key, value] of Object.entries(wanted['data'] as Record<string, string>)) {
      const old = typeof before[key] === 'string' ? before[key] : '';
      data[key] = CERTIFICATES.includes(key) ? joinCertificates(old, value, now) : joinLists(old, value);
    }
    const same = Object.keys(data).every((key) => data[key] === before[key]);
    return same ? undefined : { ...jsonClone(existing as KubeObject), data };
  };
}

function joinCertificates(old: string, own: string, now: number): string {
  const kept = new Map<string, string>();
  for (const block of `${old}\n${own}`.match(PEM_BLOCK) ?? []) {
    const certificate = parse(block);
    if (certificate !== undefined && Date.parse(certificate.validTo) > now)
      kept.set(certificate.fingerprint256, `${block}\n`);
  }
  return [...kept.values()].join('');
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function joinLists(old: string, own: string): string {
  return JSON.stringify([...new Set([...listOf(old), ...listOf(own)])]);
}

function listOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
