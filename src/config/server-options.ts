/**
 * Everything the server can be told, completed and frozen: the one source for `--help`, flags and the config file is
 * `option-table.ts`. Names follow kube-apiserver's flags in camel case.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 */
export interface ServerOptions {
  readonly dataDir: string;
  readonly bindAddress: string;
  /** 0: any free port. */
  readonly securePort: number;
  readonly advertiseAddress: string;
  readonly disableHttp2Serving: boolean;
  /** `sqlite:<path>` (default: a file in dataDir; `sqlite::memory:` for tests) or `postgres://...`. */
  readonly storageUrl: string;
  readonly tlsCertFile: string;
  readonly tlsPrivateKeyFile: string;
  /** Certificate that verifies this server: what clients inside the cluster are given. Found out, not told. */
  readonly servingCaFile: string;
  readonly clientCaFile: string;
  readonly tokenAuthFile: string;
  readonly anonymousAuth: boolean;
  readonly authorizationMode: readonly string[];
  readonly requestheaderClientCaFile: string;
  readonly requestheaderAllowedNames: readonly string[];
  readonly requestheaderUsernameHeaders: readonly string[];
  readonly requestheaderUidHeaders: readonly string[];
  readonly requestheaderGroupHeaders: readonly string[];
  readonly requestheaderExtraHeadersPrefix: readonly string[];
  /** '' for none. */
  readonly authenticationKubeconfig: string;
  readonly authenticationSkipLookup: boolean;
  readonly authenticationTolerateLookupFailure: boolean;
  readonly authenticationTokenWebhookCacheTtlMs: number;
  /** '' for none. */
  readonly authorizationKubeconfig: string;
  readonly authorizationAlwaysAllowPaths: readonly string[];
  readonly authorizationWebhookCacheAuthorizedTtlMs: number;
  readonly authorizationWebhookCacheUnauthorizedTtlMs: number;
  /** Of the core server, for namespaces; '' for none. */
  readonly kubeconfig: string;
  /** Empty: all. */
  readonly apiGroups: readonly string[];
  readonly proxyClientCertFile: string;
  readonly proxyClientKeyFile: string;
  readonly kubeletCertificateAuthority: string;
  readonly kubeletClientCertificate: string;
  readonly kubeletClientKey: string;
  readonly kubeletPreferredAddressTypes: readonly string[];
  readonly kubeletTimeoutMs: number;
  readonly serviceAccountIssuer: readonly string[];
  readonly serviceAccountKeyFile: readonly string[];
  readonly serviceAccountSigningKeyFile: string;
  readonly serviceAccountMaxTokenExpirationSeconds: number;
  readonly serviceAccountLookup: boolean;
  readonly apiAudiences: readonly string[];
  /** CIDRs, primary first. */
  readonly serviceClusterIpRange: readonly string[];
  readonly serviceNodePortRange: { readonly from: number; readonly to: number };
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly enableAggregatorRouting: boolean;
  /** '' for none. */
  readonly microserviceTransportsFile: string;
  /** Names, `*` and `-name`. */
  readonly reconcilers: readonly string[];
  /** Paths and names of packages, in order. */
  readonly plugins: readonly string[];
  /** `Name=true`, as kube-apiserver names its gates. */
  readonly featureGates: readonly string[];
  readonly requestTimeoutMs: number;
  readonly minRequestTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
  readonly bodySizeBytesMax: number;
  readonly compactionIntervalMs: number;
  readonly compactionRetentionMs: number;
  readonly compactionBatchRows: number;
  readonly watchHistoryEventsMax: number;
  readonly watchQueueBytesMax: number;
  readonly encodingCacheBytesMax: number;
  readonly writeQueueMax: number;
  readonly profiling: boolean;
  readonly logLevel: string;
  readonly logFormat: 'text' | 'json';
}

/** DI token and value holder: inject `ServerConfig`, read `options`. */
export abstract class ServerConfig {
  abstract readonly options: ServerOptions;
}
