/** kube-apiserver's flags that have nothing to act on here: understood, said to be without effect, else ignored. */
const WITHOUT_EFFECT_FLAGS = `allow-metric-labels-manifest allow-privileged contention-profiling enable-bootstrap-token-auth
  enable-garbage-collector enable-priority-and-fairness permit-address-sharing permit-port-sharing
  service-account-extend-token-expiration shutdown-send-retry-after watch-cache`;
const WITHOUT_EFFECT_VALUES = `allow-metric-labels cert-dir cors-allowed-origins debug-socket-path
  default-not-ready-toleration-seconds default-unreachable-toleration-seconds default-watch-cache-size
  delete-collection-workers disabled-metrics emulated-version endpoint-reconciler-type etcd-cafile etcd-certfile
  etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout etcd-keyfile
  etcd-prefix etcd-readycheck-timeout etcd-servers etcd-servers-overrides event-ttl external-hostname goaway-chance http2-max-streams-per-connection kubelet-port kubernetes-service-node-port
  lease-reuse-duration-seconds livez-grace-period log-flush-frequency max-connection-bytes-per-sec
  max-mutating-requests-inflight max-requests-inflight peer-advertise-ip peer-advertise-port peer-ca-file runtime-config
  show-hidden-metrics-for-version shutdown-watch-termination-grace-period storage-backend
  storage-initialization-timeout storage-media-type strict-transport-security-directives tls-cipher-suites
  tls-sni-cert-key tracing-config-file v vmodule watch-cache-sizes`;

const words = (text: string): string[] => text.split(/\s+/);

/** Name -> whether the flag takes a value. */
export const WITHOUT_EFFECT: ReadonlyMap<string, boolean> = new Map([
  ...words(WITHOUT_EFFECT_VALUES).map((name) => [name, true] as const),
  ...words(WITHOUT_EFFECT_FLAGS).map((name) => [name, false] as const),
]);

/** kube-apiserver's flags that guard something: to ignore them would be to guard less than was asked for. */
export const NOT_SUPPORTED =
  /^(?:admission-control-config-file|audit-|authentication-config|authentication-token-webhook|authorization-config|authorization-policy-file|authorization-webhook|egress-selector|encryption-provider|oidc-|service-account-signing-endpoint|tls-min-version)/;
