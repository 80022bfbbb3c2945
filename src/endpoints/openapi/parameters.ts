import type { JsonObject } from '../../apimachinery/meta/json.js';

export type ParameterName = keyof typeof PARAMETERS;

interface Parameter {
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  /** Name under which v2 documents share it; the reference's names are kept, as generated clients show them. */
  readonly shared?: string;
}

/** Every parameter an operation may have, in the order of names. */
const PARAMETERS = {
  allowWatchBookmarks: { in: 'query', type: 'boolean', shared: 'allowWatchBookmarks-HC2hJt-J' },
  continue: { in: 'query', type: 'string', shared: 'continue-QfD61s0i' },
  dryRun: { in: 'query', type: 'string' },
  fieldManager: { in: 'query', type: 'string', shared: 'fieldManager-Qy4HdaTW' },
  fieldSelector: { in: 'query', type: 'string', shared: 'fieldSelector-xIcQKXFG' },
  fieldValidation: { in: 'query', type: 'string' },
  force: { in: 'query', type: 'boolean', shared: 'force-tOGGb0Yi' },
  gracePeriodSeconds: { in: 'query', type: 'integer', shared: 'gracePeriodSeconds--K5HaBOS' },
  ignoreStoreReadErrorWithClusterBreakingPotential: {
    in: 'query',
    type: 'boolean',
    shared: 'ignoreStoreReadErrorWithClusterBreakingPotential-QbNkfIqj',
  },
  labelSelector: { in: 'query', type: 'string', shared: 'labelSelector-5Zw57w4C' },
  limit: { in: 'query', type: 'integer', shared: 'limit-1NfNmdNH' },
  name: { in: 'path', type: 'string' },
  namespace: { in: 'path', type: 'string', shared: 'namespace-vgWSWtn3' },
  orphanDependents: { in: 'query', type: 'boolean', shared: 'orphanDependents-uRB25kX5' },
  path: { in: 'path', type: 'string', shared: 'path-oPbzgLUj' },
  pretty: { in: 'query', type: 'string', shared: 'pretty-tJGM1-ng' },
  propagationPolicy: { in: 'query', type: 'string', shared: 'propagationPolicy-6jk3prlO' },
  resourceVersion: { in: 'query', type: 'string', shared: 'resourceVersion-5WAnf1nx' },
  resourceVersionMatch: { in: 'query', type: 'string', shared: 'resourceVersionMatch-t8XhRHeC' },
  sendInitialEvents: { in: 'query', type: 'boolean', shared: 'sendInitialEvents-rLXlEK_k' },
  shardSelector: { in: 'query', type: 'string' },
  timeoutSeconds: { in: 'query', type: 'integer', shared: 'timeoutSeconds-yvYezaOC' },
  watch: { in: 'query', type: 'boolean', shared: 'watch-XNNPZGbK' },
} as const satisfies Readonly<Record<string, Parameter>>;

export const LIST_PARAMETERS: readonly ParameterName[] = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
  'watch',
];
export const WRITE_PARAMETERS: readonly ParameterName[] = ['dryRun', 'fieldManager', 'fieldValidation'];
export const PATCH_PARAMETERS: readonly ParameterName[] = [...WRITE_PARAMETERS, 'force'];
export const DELETE_PARAMETERS: readonly ParameterName[] = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
];
export const DELETE_COLLECTION_PARAMETERS: readonly ParameterName[] = [
  'continue',
  'dryRun',
  'fieldSelector',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'labelSelector',
  'limit',
  'orphanDependents',
  'propagationPolicy',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
];

/** A parameter in OpenAPI v3. */
export function parameterV3(name: ParameterName): JsonObject {
  const { in: place, type } = PARAMETERS[name];
  return {
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

/** The same in v2: a pointer to the shared one where there is one. */
export function parameterV2(name: ParameterName): JsonObject {
  const parameter: Parameter = PARAMETERS[name];
  return parameter.shared === undefined ? inlineV2(name) : { $ref: `#/parameters/${parameter.shared}` };
}

function inlineV2(name: ParameterName): JsonObject {
  const { in: place, type } = PARAMETERS[name];
  return { uniqueItems: true, type, name, in: place, ...(place === 'path' ? { required: true } : {}) };
}

/** What v2 documents share under `parameters`. */
export function sharedParametersV2(): JsonObject {
  const shared: JsonObject = {};
  for (const name of Object.keys(PARAMETERS) as ParameterName[]) {
    const parameter: Parameter = PARAMETERS[name];
    if (parameter.shared !== undefined) shared[parameter.shared] = inlineV2(name);
  }
  return shared;
}
