import { TokenError } from '../token-error.js';

interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** Claims of a verified token that count. Times in seconds since the epoch. */
export interface TokenClaims {
  readonly audiences: readonly string[];
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
  readonly tokenId: string;
  readonly namespace: string;
  readonly account: Reference;
  readonly pod?: Reference;
  readonly secret?: Reference;
  readonly node?: Reference;
}

/** The `iss` that a token claims, to see whose it is; nothing is proved by it. Undefined for what is no JWT. */
export function unverifiedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'));
    const issuer = isRecord(payload) ? payload['iss'] : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/** @throws TokenError where the payload of a verified token is not a service account's */
export function readClaims(payload: string): TokenClaims {
  const claims: unknown = JSON.parse(payload);
  const own = isRecord(claims) ? claims['kubernetes.io'] : undefined;
  const account = isRecord(own) ? reference(own['serviceaccount']) : undefined;
  if (!isRecord(claims) || !isRecord(own) || account === undefined || typeof own['namespace'] !== 'string') {
    throw new TokenError('service account token claims could not be validated due to unexpected validation error');
  }
  const pod = reference(own['pod']);
  const secret = reference(own['secret']);
  const node = reference(own['node']);
  return {
    audiences: audiencesOf(claims['aud']),
    expiresAt: time(claims['exp']),
    notBefore: time(claims['nbf']),
    issuedAt: time(claims['iat']),
    tokenId: typeof claims['jti'] === 'string' ? claims['jti'] : '',
    namespace: own['namespace'],
    account,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(node && { node }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reference(value: unknown): Reference | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string') return undefined;
  return { name: value['name'], uid: typeof value['uid'] === 'string' ? value['uid'] : '' };
}

function audiencesOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((audience): audience is string => typeof audience === 'string');
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
