import type { JsonObject } from '../../apimachinery/meta/json.js';

/** A document that answers a GET with one type: the lists of discovery and the version. */
export interface FixedPath {
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly answer: 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIVersions' | 'Info';
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
  version: { path: '/version/', id: 'getCodeVersion', tag: 'version', answer: 'Info' },
};

/** The reference shares two forms of this parameter in v2: patches have one of their own. */
export const PATCH_FIELD_MANAGER: JsonObject = { uniqueItems: true, type: 'string', name: 'fieldManager', in: 'query' };
export const PATCH_FIELD_MANAGER_NAME = 'fieldManager-7c6nTn1T';
