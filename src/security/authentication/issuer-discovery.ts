import type { VerificationKey } from './service-account/signing-keys.js';

/** Documents that let others verify this server's service account tokens. */
export interface IssuerDocuments {
  /** /.well-known/openid-configuration, application/json */
  readonly configuration: Buffer;
  /** /openid/v1/jwks, application/jwk-set+json */
  readonly keySet: Buffer;
}

/** How long clients may keep the documents: Cache-Control of both. */
export const ISSUER_DOCUMENT_CACHE_CONTROL = 'public, max-age=3600';

/** @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery */
export function issuerDocuments(issuer: string, jwksUri: string, keys: readonly VerificationKey[]): IssuerDocuments {
  const algorithms = [...new Set(keys.map(({ algorithm }) => algorithm))].sort();
  const configuration = {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algorithms,
  };
  const keySet = {
    keys: keys.map(({ keyId, algorithm, publicKey }) => ({
      use: 'sig',
      ...publicKey.export({ format: 'jwk' }),
      kid: keyId,
      alg: algorithm,
    })),
  };
  return { configuration: Buffer.from(JSON.stringify(configuration)), keySet: Buffer.from(JSON.stringify(keySet)) };
}
