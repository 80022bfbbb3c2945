import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

/** A key that service account tokens may be signed with. */
export interface VerificationKey {
  /** Base64url of the SHA-256 of the key's SubjectPublicKeyInfo, as kube-apiserver names it. */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

const CURVES: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Keys from a PEM file: public ones, private ones (their public half) and certificates.
 * @throws Error where there is none, or one is neither RSA nor on a NIST curve
 */
export function readVerificationKeys(pem: string): VerificationKey[] {
  const keys = [...pem.matchAll(PEM_BLOCK)]
    .filter(([, type]) => type !== 'EC PARAMETERS')
    .map(([block]) => verificationKey(createPublicKey(block)));
  if (keys.length === 0) throw new Error('no PEM-encoded RSA or ECDSA key');
  return keys;
}

/** @throws Error where the text is no private key of a kind that can sign tokens */
export function readSigningKey(pem: string): { privateKey: KeyObject; verification: VerificationKey } {
  const blocks = [...pem.matchAll(PEM_BLOCK)].filter(([, type]) => type?.endsWith('PRIVATE KEY'));
  const block = blocks[0]?.[0];
  if (block === undefined) throw new Error('no PEM-encoded private key');
  const privateKey = createPrivateKey(block);
  return { privateKey, verification: verificationKey(createPublicKey(privateKey)) };
}

function verificationKey(publicKey: KeyObject): VerificationKey {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(spki).digest('base64url');
  if (publicKey.asymmetricKeyType === 'rsa') return { keyId, algorithm: 'RS256', publicKey };
  const algorithm = CURVES[publicKey.asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm === undefined) throw new Error('keys must be RSA or ECDSA on P-256, P-384 or P-521');
  return { keyId, algorithm, publicKey };
}
