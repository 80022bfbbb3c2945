import { createPublicKey, X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { makeDirectory } from '../make-directory.js';
import { CertificateIssuer, type CertificateRequest, generateKey, type KeyPair } from './certificate-issuer.js';
import { firstAddress } from './ip-range.js';

const DAY_MS = 24 * 3_600_000;
const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
const LEAF_LIFETIME_MS = 365 * DAY_MS;
/** A certificate that ends sooner is replaced at the next start. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

/** Where the keys of a data folder are. */
export interface PkiPaths {
  readonly caCert: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly serviceAccountKey: string;
  readonly frontProxyCaCert: string;
  readonly frontProxyClientCert: string;
  readonly frontProxyClientKey: string;
  readonly adminCert: string;
  readonly adminKey: string;
}

/** Names and addresses that the serving certificate is good for. */
export interface ServingNames {
  readonly bindAddress: string;
  readonly advertiseAddress: string;
  readonly serviceClusterIpRange: readonly string[];
}

/**
 * Keys and certificates of a data folder: what is missing, expires soon or no longer fits is made, the rest is left alone. A
 * start that finds all in place only reads.
 */
export class PkiStore {
  private readonly dir: string;

  constructor(
    dataDir: string,
    private readonly issuer: CertificateIssuer = new CertificateIssuer(),
    private readonly nowMs: () => number = Date.now,
  ) {
    this.dir = join(dataDir, 'pki');
  }

  /** @throws Error with an errno code when the folder cannot be written */
  async ensure(names: ServingNames): Promise<PkiPaths> {
    makeDirectory(this.dir);
    const ca = await this.ensurePair('ca', authority('kubenest-ca'));
    await this.ensurePair('apiserver', servingRequest(names), ca);
    await this.ensurePair('admin', client('O=system:masters, CN=kubernetes-admin'), ca);
    const frontProxyCa = await this.ensurePair('front-proxy-ca', authority('kubenest-front-proxy-ca'));
    await this.ensurePair('front-proxy-client', client('CN=front-proxy-client'), frontProxyCa);
    this.ensureServiceAccountKey();
    return {
      caCert: this.path('ca.crt'),
      servingCert: this.path('apiserver.crt'),
      servingKey: this.path('apiserver.key'),
      serviceAccountKey: this.path('sa.key'),
      frontProxyCaCert: this.path('front-proxy-ca.crt'),
      frontProxyClientCert: this.path('front-proxy-client.crt'),
      frontProxyClientKey: this.path('front-proxy-client.key'),
      adminCert: this.path('admin.crt'),
      adminKey: this.path('admin.key'),
    };
  }

  private path(name: string): string {
    return join(this.dir, name);
  }

  private async ensurePair(name: string, request: CertificateRequest, authorityPair?: KeyPair): Promise<KeyPair> {
    const old = this.readPair(name);
    if (old !== undefined && this.isGood(old, request, authorityPair)) return old;
    const pair = await this.issuer.issue(request, authorityPair);
    writePrivate(this.path(`${name}.key`), pair.key);
    writePrivate(this.path(`${name}.crt`), pair.cert);
    return pair;
  }

  private readPair(name: string): KeyPair | undefined {
    const cert = readIfPresent(this.path(`${name}.crt`));
    const key = readIfPresent(this.path(`${name}.key`));
    return cert === undefined || key === undefined ? undefined : { cert, key };
  }

  private isGood(pair: KeyPair, request: CertificateRequest, authorityPair: KeyPair | undefined): boolean {
    try {
      const certificate = new X509Certificate(pair.cert);
      if (Date.parse(certificate.validTo) - this.nowMs() < RENEW_BEFORE_MS) return false;
      if (!createPublicKey(pair.key).equals(certificate.publicKey)) return false;
      if (authorityPair !== undefined && !certificate.verify(createPublicKey(authorityPair.key))) return false;
      const dns = (request.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined);
      return dns && (request.ipAddresses ?? []).every((address) => certificate.checkIP(address) !== undefined);
    } catch {
      return false;
    }
  }

  private ensureServiceAccountKey(): void {
    if (readIfPresent(this.path('sa.key')) !== undefined) return;
    writePrivate(this.path('sa.key'), generateKey());
  }
}

function authority(name: string): CertificateRequest {
  return { subject: `CN=${name}`, usage: 'authority', lifetimeMs: AUTHORITY_LIFETIME_MS };
}

function client(subject: string): CertificateRequest {
  return { subject, usage: 'client', lifetimeMs: LEAF_LIFETIME_MS };
}

function servingRequest({ bindAddress, advertiseAddress, serviceClusterIpRange }: ServingNames): CertificateRequest {
  const service = 'kubernetes.default';
  const addresses = ['127.0.0.1', '::1', ...serviceClusterIpRange.map(firstAddress), bindAddress, advertiseAddress];
  const usable = addresses.filter((address) => isIP(address) !== 0 && address !== '0.0.0.0' && address !== '::');
  return {
    subject: 'CN=kubenest',
    usage: 'server',
    lifetimeMs: LEAF_LIFETIME_MS,
    dnsNames: ['localhost', 'kubernetes', service, `${service}.svc`, `${service}.svc.cluster.local`],
    ipAddresses: [...new Set(usable)],
  };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written whole or not at all, readable for the owner alone. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}
