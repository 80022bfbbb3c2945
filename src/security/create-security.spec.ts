import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { optionsOf } from '../config/complete.js';
import type { ServerOptions } from '../config/server-options.js';
import { createSecurity } from './create-security.js';

const directory = mkdtempSync(join(tmpdir(), 'security-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const options: ServerOptions = {
  ...optionsOf(new Map()),
  authorizationMode: ['Node', 'RBAC'],
  tokenAuthFile: file('tokens', 't1,ann,7\n'),
  clientCaFile: '',
  requestheaderClientCaFile: '',
  anonymousAuth: true,
  apiAudiences: ['https://api.example.com'],
  serviceAccountIssuer: ['https://api.example.com'],
  serviceAccountKeyFile: [],
  serviceAccountSigningKeyFile: file('key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  serviceAccountLookup: true,
  advertiseAddress: '192.0.2.1',
  securePort: 6443,
};

const account = { uid: 'u', deletionTimestamp: undefined };
const build = (more: Partial<ServerOptions> = {}) =>
  createSecurity({ ...options, ...more }, { find: () => account }, Date.now);

describe('createSecurity', () => {
  it('accepts the tokens it signs and those of the token file', async () => {
    const { tokens, issuer } = build();
    const issued = await issuer!.issue({
      namespace: 'a',
      serviceAccount: { name: 'b', uid: 'u' },
      audiences: options.apiAudiences,
      expirationSeconds: 600,
    });
    expect((await tokens.authenticateToken(issued.token, undefined))?.user.name).toBe('system:serviceaccount:a:b');
    expect((await tokens.authenticateToken('t1', undefined))?.user.groups).toEqual(['system:authenticated']);
  });

  it('publishes its keys without their private half', () => {
    const { documents } = build();
    expect(JSON.parse(documents!.configuration.toString())).toEqual({
      issuer: 'https://api.example.com',
      jwks_uri: 'https://192.0.2.1:6443/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const { keys } = JSON.parse(documents!.keySet.toString());
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('names flag, file and line of a fault', () => {
    const tokenAuthFile = file('bad', 'a,b,c\nx,y\n');
    expect(() => build({ tokenAuthFile })).toThrow(/^--token-auth-file .*bad: line 2: must have at least 3 columns/);
  });
});
