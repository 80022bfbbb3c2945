import type { JsonObject } from '../../apimachinery/meta/json.js';

/** A document that answers a GET with one type: the lists of discovery and the version. */
export interface FixedPath {
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly answer: 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIVersions' | 'Info' | 'text';
  /** Media types of a text. */
  readonly types?: readonly string[];
}

export const TITLE = 'Kubernetes';
export const SECURITY_SCHEMES: JsonObject = {
  BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' },
};
export const SECURITY: JsonObject[] = [{ BearerToken: [] }];

/** Paths of v3 documents that no group/version has. */
export const FIXED_PATHS: Readonly<Record<string, FixedPath>> = {
  api: { path: '/api/', id: 'getCoreAPIVersions', tag: 'core', answer: 'APIVersions' },
  apis: { path: '/apis/', id: 'getAPIVersions', tag: 'apis', answer: 'APIGroupList' },
  '.well-known/openid-configuration': {
    path: '/.well-known/openid-configuration/',
    id: 'getServiceAccountIssuerOpenIDConfiguration',
    tag: 'WellKnown',
    answer: 'text',
    types: ['application/json'],
  },
  'openid/v1/jwks': {
    path: '/openid/v1/jwks/',
    id: 'getServiceAccountIssuerOpenIDKeyset',
    tag: 'openid',
    answer: 'text',
    types: ['application/jwk-set+json'],
  },
  version: { path: '/version/', id: 'getCodeVersion', tag: 'version', answer: 'Info' },
};
