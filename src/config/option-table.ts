import type { ServerOptions } from './server-options.js';

/**
 * How an option is written. `flag` needs no value; `list` is separated by commas or given several times; `duration` is Go's
 * (`1m30s`) and becomes milliseconds; `seconds` is a duration that becomes seconds; `size` takes Ki, Mi, Gi.
 */
export type OptionKind =
  | 'text'
  | 'flag'
  | 'port'
  | 'count'
  | 'duration'
  | 'seconds'
  | 'size'
  | 'list'
  | 'portRange'
  | 'choice';

export interface OptionDefinition {
  /** As kube-apiserver names it, where it has it. */
  readonly name: string;
  readonly key: keyof ServerOptions;
  readonly kind: OptionKind;
  /** As one would write it on the command line; '' for none. */
  readonly default: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

export interface OptionSection {
  readonly title: string;
  readonly options: readonly OptionDefinition[];
}

function option(
  name: string,
  key: keyof ServerOptions,
  kind: OptionKind,
  fallback: string,
  help: string,
  choices?: readonly string[],
): OptionDefinition {
  return { name, key, kind, default: fallback, help, ...(choices !== undefined && { choices }) };
}

/** Everything the server can be told: flags, config file and `--help` are all read off this table. */
export const OPTION_SECTIONS: readonly OptionSection[] = [
  {
    title: 'Where it listens',
    options: [
      option('secure-port', 'securePort', 'port', '6443', 'Port of the HTTPS listener; 0 takes any free one.'),
      option(
        'bind-address',
        'bindAddress',
        'text',
        '127.0.0.1',
        'Address of the HTTPS listener; 0.0.0.0 or :: for all.',
      ),
      option(
        'advertise-address',
        'advertiseAddress',
        'text',
        '',
        'Address that clients in the cluster use; by default the one listened on.',
      ),
      option('disable-http2-serving', 'disableHttp2Serving', 'flag', 'false', 'Offer HTTP/1.1 only.'),
      option(
        'tls-cert-file',
        'tlsCertFile',
        'text',
        '',
        'Serving certificate, PEM, intermediates included; by default one is made in the data folder.',
      ),
      option('tls-private-key-file', 'tlsPrivateKeyFile', 'text', '', 'Key of the serving certificate, PEM.'),
    ],
  },
  {
    title: 'Data',
    options: [
      option(
        'data-dir',
        'dataDir',
        'text',
        '.kubenest',
        'Folder for keys, certificates, the admin kubeconfig and the embedded database.',
      ),
      option(
        'storage-url',
        'storageUrl',
        'text',
        '',
        'sqlite:<path>, sqlite::memory: or postgres://...; by default a file in the data folder.',
      ),
      option(
        'compaction-interval',
        'compactionIntervalMs',
        'duration',
        '1m',
        'How often old revisions are removed; 0 never.',
      ),
      option(
        'compaction-retention',
        'compactionRetentionMs',
        'duration',
        '5m',
        'How long old revisions stay readable.',
      ),
      option('compaction-batch-rows', 'compactionBatchRows', 'count', '1000', 'Revisions removed in one transaction.'),
      option(
        'watch-history-events',
        'watchHistoryEventsMax',
        'count',
        '100000',
        'Recent events kept in memory for watches that resume.',
      ),
      option(
        'watch-queue-size',
        'watchQueueBytesMax',
        'size',
        '16Mi',
        'What may wait for one slow watch client before it is cut.',
      ),
      option(
        'encoding-cache-size',
        'encodingCacheBytesMax',
        'size',
        '64Mi',
        'Memory for encodings other than stored JSON.',
      ),
      option(
        'write-queue',
        'writeQueueMax',
        'count',
        '10000',
        'Writes that may wait for the database; more are refused with 429.',
      ),
    ],
  },
  {
    title: 'Who it trusts',
    options: [
      option(
        'client-ca-file',
        'clientCaFile',
        'text',
        '',
        "Authorities of client certificates, PEM; by default the data folder's own.",
      ),
      option(
        'token-auth-file',
        'tokenAuthFile',
        'text',
        '',
        'CSV file of static tokens: token,user,uid,"group,group".',
      ),
      option(
        'anonymous-auth',
        'anonymousAuth',
        'flag',
        'true',
        'Let requests without credentials be system:anonymous.',
      ),
      option(
        'requestheader-client-ca-file',
        'requestheaderClientCaFile',
        'text',
        '',
        'Authorities of front proxies that may name users by headers, PEM.',
      ),
      option(
        'requestheader-allowed-names',
        'requestheaderAllowedNames',
        'list',
        '',
        "Common names that a front proxy's certificate may have; empty: any.",
      ),
      option(
        'requestheader-username-headers',
        'requestheaderUsernameHeaders',
        'list',
        'X-Remote-User',
        'Headers with the user name.',
      ),
      option('requestheader-uid-headers', 'requestheaderUidHeaders', 'list', 'X-Remote-Uid', 'Headers with the uid.'),
      option(
        'requestheader-group-headers',
        'requestheaderGroupHeaders',
        'list',
        'X-Remote-Group',
        'Headers with groups.',
      ),
      option(
        'requestheader-extra-headers-prefix',
        'requestheaderExtraHeadersPrefix',
        'list',
        'X-Remote-Extra-',
        'Prefixes of headers with extra values.',
      ),
      option(
        'proxy-client-cert-file',
        'proxyClientCertFile',
        'text',
        '',
        "Certificate shown to aggregated servers, PEM; by default the data folder's own.",
      ),
      option('proxy-client-key-file', 'proxyClientKeyFile', 'text', '', 'Its key, PEM.'),
      option(
        'kubelet-certificate-authority',
        'kubeletCertificateAuthority',
        'text',
        '',
        'Authorities of kubelets, PEM; without them any kubelet is believed.',
      ),
      option(
        'kubelet-client-certificate',
        'kubeletClientCertificate',
        'text',
        '',
        'Certificate shown to kubelets, PEM.',
      ),
      option('kubelet-client-key', 'kubeletClientKey', 'text', '', 'Its key, PEM.'),
      option(
        'kubelet-preferred-address-types',
        'kubeletPreferredAddressTypes',
        'list',
        'Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP',
        "Which of a node's addresses leads to its kubelet, the best first.",
      ),
      option(
        'kubelet-timeout',
        'kubeletTimeoutMs',
        'duration',
        '5s',
        'Time in which a connection to a kubelet must stand.',
      ),
      option(
        'service-account-issuer',
        'serviceAccountIssuer',
        'list',
        'https://kubernetes.default.svc.cluster.local',
        'Issuer of service account tokens; the first signs, all are accepted.',
      ),
      option(
        'service-account-key-file',
        'serviceAccountKeyFile',
        'list',
        '',
        'Keys that verify service account tokens, PEM; by default the signing key.',
      ),
      option(
        'service-account-signing-key-file',
        'serviceAccountSigningKeyFile',
        'text',
        '',
        "Key that signs service account tokens, PEM; by default the data folder's own.",
      ),
      option(
        'service-account-max-token-expiration',
        'serviceAccountMaxTokenExpirationSeconds',
        'seconds',
        '0',
        'Longest life of a requested token; 0 for no limit.',
      ),
      option(
        'service-account-lookup',
        'serviceAccountLookup',
        'flag',
        'true',
        'A token is good only while its service account exists.',
      ),
      option(
        'api-audiences',
        'apiAudiences',
        'list',
        '',
        'Audiences of this server in tokens; by default the issuers.',
      ),
    ],
  },
  {
    title: 'What may be done',
    options: [
      option(
        'authorization-mode',
        'authorizationMode',
        'list',
        'Node,RBAC',
        'Authorizers in order: Node, RBAC, AlwaysAllow, AlwaysDeny.',
      ),
      option(
        'enable-admission-plugins',
        'enableAdmissionPlugins',
        'list',
        '',
        'Admission plugins beside those that are on by default.',
      ),
      option(
        'disable-admission-plugins',
        'disableAdmissionPlugins',
        'list',
        '',
        'Admission plugins that are on by default and shall not be.',
      ),
    ],
  },
  {
    title: 'Behind another API server',
    options: [
      option(
        'authentication-kubeconfig',
        'authenticationKubeconfig',
        'text',
        '',
        'Kubeconfig of the server that reviews tokens and publishes whose certificates are good.',
      ),
      option(
        'authentication-skip-lookup',
        'authenticationSkipLookup',
        'flag',
        'false',
        'Do not look up there which front proxy and client certificates to believe.',
      ),
      option(
        'authentication-tolerate-lookup-failure',
        'authenticationTolerateLookupFailure',
        'flag',
        'false',
        'Start although that cannot be looked up; until it can, its users are unknown.',
      ),
      option(
        'authentication-token-webhook-cache-ttl',
        'authenticationTokenWebhookCacheTtlMs',
        'duration',
        '10s',
        'How long a reviewed token is remembered.',
      ),
      option(
        'authorization-kubeconfig',
        'authorizationKubeconfig',
        'text',
        '',
        'Kubeconfig of the server that decides what users may do, instead of --authorization-mode.',
      ),
      option(
        'authorization-always-allow-paths',
        'authorizationAlwaysAllowPaths',
        'list',
        '/healthz,/readyz,/livez',
        'Paths that anybody may see without that server being asked.',
      ),
      option(
        'authorization-webhook-cache-authorized-ttl',
        'authorizationWebhookCacheAuthorizedTtlMs',
        'duration',
        '10s',
        'How long its yes is remembered.',
      ),
      option(
        'authorization-webhook-cache-unauthorized-ttl',
        'authorizationWebhookCacheUnauthorizedTtlMs',
        'duration',
        '10s',
        'How long its no is remembered.',
      ),
      option(
        'kubeconfig',
        'kubeconfig',
        'text',
        '',
        'Kubeconfig of the server that has the namespaces, where --api-groups leaves out the core group.',
      ),
      option(
        'api-groups',
        'apiGroups',
        'list',
        '',
        'Groups that are served, core for the core group; empty: all. Others answer 404 and are in no discovery.',
      ),
    ],
  },
  {
    title: 'The cluster',
    options: [
      option(
        'service-cluster-ip-range',
        'serviceClusterIpRange',
        'list',
        '10.0.0.0/24',
        'Ranges of service addresses, primary first.',
      ),
      option('service-node-port-range', 'serviceNodePortRange', 'portRange', '30000-32767', 'Range of node ports.'),
      option(
        'enable-aggregator-routing',
        'enableAggregatorRouting',
        'flag',
        'false',
        'Reach aggregated servers by their ready endpoints alone, never by the service address or an external name.',
      ),
      option(
        'microservice-transports-file',
        'microserviceTransportsFile',
        'text',
        '',
        'YAML file of transports that APIServices may name beside tcp and nats.',
      ),
      option(
        'plugin',
        'plugins',
        'list',
        '',
        'Plugins, in order: paths of files (.js, .mjs, .ts) or folders, or names of installed packages.',
      ),
      option(
        'reconcilers',
        'reconcilers',
        'list',
        '*',
        'Control loops that run: names, * for all, -name for all but one, -* for none.',
      ),
    ],
  },
  {
    title: 'Requests',
    options: [
      option(
        'feature-gates',
        'featureGates',
        'list',
        '',
        'Gates to switch, as Name=true: CBORServingAndStorage serves CBOR, AllowUnsafeMalformedObjectDeletion (on unless switched off) lets objects go that cannot be read; others are named at start and do nothing.',
      ),
      option('request-timeout', 'requestTimeoutMs', 'duration', '1m', 'Longest time for a request that is no watch.'),
      option(
        'min-request-timeout',
        'minRequestTimeoutMs',
        'duration',
        '30m',
        'Watches without a timeout end after this and up to twice this; a bare number is seconds.',
      ),
      option('max-request-body-size', 'bodySizeBytesMax', 'size', '3Mi', 'Longest request body.'),
      option(
        'shutdown-delay-duration',
        'shutdownDelayMs',
        'duration',
        '0',
        'How long to serve on after a signal, no longer ready.',
      ),
      option(
        'shutdown-grace-period',
        'shutdownGraceMs',
        'duration',
        '20s',
        'How long requests may take to end after that.',
      ),
    ],
  },
  {
    title: 'What it tells',
    options: [
      option('log-level', 'logLevel', 'choice', 'warn', 'Least level that is logged.', [
        'trace',
        'debug',
        'info',
        'warn',
        'error',
        'fatal',
        'silent',
      ]),
      option('logging-format', 'logFormat', 'choice', 'text', 'Form of log lines.', ['text', 'json']),
      option('profiling', 'profiling', 'flag', 'false', 'Serve profiles below /debug/pprof.'),
    ],
  },
];

export const OPTIONS: ReadonlyMap<string, OptionDefinition> = new Map(
  OPTION_SECTIONS.flatMap(({ options }) => options.map((definition) => [definition.name, definition])),
);
