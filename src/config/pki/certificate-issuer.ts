import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto';

/** Certificates for the clocks of others: valid from a little before now. */
const BACKDATE_MS = 5 * 60_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A key and its certificate, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** Distinguished name as RFC 4514 writes it. */
  readonly subject: string;
  readonly usage: 'authority' | 'server' | 'client';
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly lifetimeMs: number;
}

/** A P-256 key as PKCS #8 PEM. */
export function generateKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

/**
 * Makes certificates. The library behind it takes long to import, so it is imported when the first certificate is due, which
 * is once in the life of a data folder.
 */
export class CertificateIssuer {
  /** @param library where it is loaded already */
  constructor(
    private readonly nowMs: () => number = Date.now,
    private readonly library?: Library,
  ) {}

  /** @param authority that signs; without one the certificate signs itself */
  async issue(request: CertificateRequest, authority?: KeyPair): Promise<KeyPair> {
    const x509 = this.library ?? (await importLibrary());
    const key = generateKey();
    const own = createPrivateKey(key);
    const signer = authority === undefined ? own : createPrivateKey(authority.key);
    const issuer = authority === undefined ? undefined : new x509.X509Certificate(authority.cert);
    const now = this.nowMs();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: request.subject,
      issuer: issuer?.subject ?? request.subject,
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(now + request.lifetimeMs),
      publicKey: await webKey(createPublicKey(own), 'verify'),
      signingKey: await webKey(signer, 'sign'),
      signingAlgorithm: ALGORITHM,
      extensions: await extensionsOf(x509, request, createPublicKey(own), createPublicKey(signer)),
    });
    return { cert: `${certificate.toString('pem').trimEnd()}\n`, key };
  }
}

type Library = typeof import('@peculiar/x509');

async function importLibrary(): Promise<Library> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function extensionsOf(x509: Library, request: CertificateRequest, key: KeyObject, signer: KeyObject) {
  const { KeyUsageFlags: flags, ExtendedKeyUsage: extended } = x509;
  const isAuthority = request.usage === 'authority';
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    new x509.BasicConstraintsExtension(isAuthority, undefined, true),
    new x509.KeyUsagesExtension(
      isAuthority ? flags.keyCertSign | flags.cRLSign | flags.digitalSignature : flags.digitalSignature,
      true,
    ),
    ...(isAuthority
      ? []
      : [new x509.ExtendedKeyUsageExtension([request.usage === 'server' ? extended.serverAuth : extended.clientAuth])]),
    await x509.SubjectKeyIdentifierExtension.create(await webKey(key, 'verify')),
    await x509.AuthorityKeyIdentifierExtension.create(await webKey(signer, 'verify')),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

function webKey(key: KeyObject, use: 'sign' | 'verify'): Promise<webcrypto.CryptoKey> {
  const format = key.type === 'private' ? 'pkcs8' : 'spki';
  const der =
    key.type === 'private' ? key.export({ type: 'pkcs8', format: 'der' }) : key.export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey(format, der, ALGORITHM, true, [use]);
}

/** Positive and unique enough: 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}
