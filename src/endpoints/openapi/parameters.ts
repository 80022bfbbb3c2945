import type { JsonObject } from '../../apimachinery/meta/json.js';

/** Name of the parameter, with what tells it from others of the same name before a dot. */
export type ParameterName = keyof typeof PARAMETERS;

interface Parameter {
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  /**
   * Name under which v2 documents share it. The reference's names are kept, as generated clients show them: they hash the
   * parameter with its description.
   */
  readonly shared?: string;
}

const text = (shared: string) => ({ in: 'query', type: 'string', shared }) as const;
const count = (shared: string) => ({ in: 'query', type: 'integer', shared }) as const;
const flag = (shared: string) => ({ in: 'query', type: 'boolean', shared }) as const;

/** Every parameter an operation may have. */
const PARAMETERS = {
  allowWatchBookmarks: flag('allowWatchBookmarks-HC2hJt-J'),
  continue: text('continue-QfD61s0i'),
  dryRun: { in: 'query', type: 'string' },
  fieldManager: text('fieldManager-Qy4HdaTW'),
  'patch.fieldManager': text('fieldManager-7c6nTn1T'),
  fieldSelector: text('fieldSelector-xIcQKXFG'),
  fieldValidation: { in: 'query', type: 'string' },
  force: flag('force-tOGGb0Yi'),
  gracePeriodSeconds: count('gracePeriodSeconds--K5HaBOS'),
  ignoreStoreReadErrorWithClusterBreakingPotential: flag('ignoreStoreReadErrorWithClusterBreakingPotential-QbNkfIqj'),
  labelSelector: text('labelSelector-5Zw57w4C'),
  limit: count('limit-1NfNmdNH'),
  name: { in: 'path', type: 'string' },
  namespace: { in: 'path', type: 'string', shared: 'namespace-vgWSWtn3' },
  orphanDependents: flag('orphanDependents-uRB25kX5'),
  path: { in: 'path', type: 'string', shared: 'path-z6Ciiujn' },
  pretty: text('pretty-tJGM1-ng'),
  propagationPolicy: text('propagationPolicy-6jk3prlO'),
  resourceVersion: text('resourceVersion-5WAnf1kx'),
  resourceVersionMatch: text('resourceVersionMatch-t8XhRHeC'),
  sendInitialEvents: flag('sendInitialEvents-rLXlEK_k'),
  shardSelector: text('shardSelector-Kgyki_3_'),
  timeoutSeconds: count('timeoutSeconds-yvYezaOC'),
  watch: flag('watch-XNNPZGbK'),
  'attach.container': text('container-_Q-EJ3nR'),
  'attach.stderr': flag('stderr-26jJhFUR'),
  'attach.stdin': flag('stdin-sEFnN3IS'),
  'attach.stdout': flag('stdout-005YMKE6'),
  'attach.tty': flag('tty-g7MlET_l'),
  'exec.command': text('command-Py3eQybp'),
  'exec.container': text('container-i5dOmRiM'),
  'exec.stderr': flag('stderr-W_1TNlWc'),
  'exec.stdin': flag('stdin-PSzNhyUC'),
  'exec.stdout': flag('stdout--EZLRwV1'),
  'exec.tty': flag('tty-s0flW37O'),
  'log.container': text('container-1GeXxFDC'),
  'log.follow': flag('follow-9OIXh_2R'),
  'log.insecureSkipTLSVerifyBackend': flag('insecureSkipTLSVerifyBackend-gM00jVbe'),
  'log.limitBytes': count('limitBytes-zwd1RXuc'),
  'log.previous': flag('previous-1jxDPu3y'),
  'log.sinceSeconds': count('sinceSeconds-vE2NLdnP'),
  'log.stream': text('stream-l-48cgXv'),
  'log.tailLines': count('tailLines-9xQLWHMV'),
  'log.timestamps': flag('timestamps-c17fW1w_'),
  'node.path': text('path-rFDtV0x9'),
  'pod.path': text('path-oPbzgLUj'),
  'portforward.ports': count('ports-91KROJmm'),
  'service.path': text('path-QCf0eosM'),
} as const satisfies Readonly<Record<string, Parameter>>;

const withPrefix = (prefix: string): ParameterName[] =>
  (Object.keys(PARAMETERS) as ParameterName[]).filter((name) => name.startsWith(`${prefix}.`));

/** Parameters of connections, by the kind of their options. */
export const CONNECT_PARAMETERS: Readonly<Record<string, readonly ParameterName[]>> = {
  NodeProxyOptions: withPrefix('node'),
  PodAttachOptions: withPrefix('attach'),
  PodExecOptions: withPrefix('exec'),
  PodPortForwardOptions: withPrefix('portforward'),
  PodProxyOptions: withPrefix('pod'),
  ServiceProxyOptions: withPrefix('service'),
};
export const LOG_PARAMETERS = withPrefix('log');

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
export const PATCH_PARAMETERS: readonly ParameterName[] = ['dryRun', 'patch.fieldManager', 'fieldValidation', 'force'];
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

const nameOf = (name: ParameterName): string => name.slice(name.lastIndexOf('.') + 1);

/** Documents list parameters by name, those of the path before those of the query. */
export function byParameterName(a: ParameterName, b: ParameterName): number {
  const [one, other] = [`${nameOf(a)} ${PARAMETERS[a].in}`, `${nameOf(b)} ${PARAMETERS[b].in}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A parameter in OpenAPI v3. */
export function parameterV3(name: ParameterName): JsonObject {
  const { in: place, type } = PARAMETERS[name];
  return {
    name: nameOf(name),
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
  return { uniqueItems: true, type, name: nameOf(name), in: place, ...(place === 'path' ? { required: true } : {}) };
}

/** Bodies that v2 documents share: what is the same for all kinds. */
export const SHARED_BODIES = { DeleteOptions: 'body-2Y1dVQaQ', Patch: 'body-78PwaGsr' } as const;

/** A body as a parameter of v2. */
export const bodyV2 = (schema: JsonObject, required: boolean): JsonObject => ({
  name: 'body',
  in: 'body',
  ...(required ? { required: true } : {}),
  schema,
});

/** What v2 documents share under `parameters`, but for {@link SHARED_BODIES}. */
export function sharedParametersV2(): JsonObject {
  const shared: JsonObject = {};
  for (const name of Object.keys(PARAMETERS) as ParameterName[]) {
    const parameter: Parameter = PARAMETERS[name];
    if (parameter.shared !== undefined) shared[parameter.shared] = inlineV2(name);
  }
  return shared;
}
