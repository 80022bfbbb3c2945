import type { ServerOptions } from '../../config/server-options.js';
import { StartError } from '../../config/start-error.js';
import type { TokenAuthenticator } from '../authentication/authenticator.js';
import type { Authorizer } from '../authorization/authorizer.js';
import { PrivilegedGroupAuthorizer, UnionAuthorizer } from '../authorization/authorizers.js';
import { AccessReviewAuthorizer } from './access-review.authorizer.js';
import { AlwaysAllowPathsAuthorizer } from './always-allow-paths.js';
import { openRemoteCluster } from './open-remote-cluster.js';
import type { RemoteCluster } from './remote-cluster.js';
import { RemoteNamespaces } from './remote-namespaces.js';
import { TokenReviewAuthenticator } from './token-review.authenticator.js';

/** What another API server decides for this one. */
export interface DelegatedSecurity {
  /** Undefined: tokens are this server's own affair. */
  readonly tokens: TokenAuthenticator | undefined;
  /** Undefined: authorization is this server's own affair. */
  readonly authorizer: Authorizer | undefined;
  /** Undefined: namespaces are this server's own. */
  readonly namespaces: NamespacePhases | undefined;
  close(): Promise<void>;
}

type Phase = 'Active' | 'Terminating' | undefined;
type NamespacePhases = (name: string) => Phase | Promise<Phase>;

/**
 * --authentication-kubeconfig and --authorization-kubeconfig, as of servers behind a kube-aggregator.
 * @throws StartError for a kubeconfig or path that cannot be used
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
export function delegatedSecurity(options: ServerOptions, now: () => number): DelegatedSecurity {
  const clusters: RemoteCluster[] = [];
  const open = (flag: string, path: string): RemoteCluster => {
    const cluster = openRemoteCluster(flag, path);
    clusters.push(cluster);
    return cluster;
  };
  const { authenticationKubeconfig, authorizationKubeconfig, apiAudiences } = options;
  const tokens =
    authenticationKubeconfig === ''
      ? undefined
      : new TokenReviewAuthenticator(
          open('authentication-kubeconfig', authenticationKubeconfig),
          { apiAudiences, cacheTtlMs: options.authenticationTokenWebhookCacheTtlMs },
          now,
        );
  const authorizer =
    authorizationKubeconfig === ''
      ? undefined
      : new UnionAuthorizer([
          new PrivilegedGroupAuthorizer(),
          allowedPaths(options.authorizationAlwaysAllowPaths),
          new AccessReviewAuthorizer(
            open('authorization-kubeconfig', authorizationKubeconfig),
            {
              allowedTtlMs: options.authorizationWebhookCacheAuthorizedTtlMs,
              refusedTtlMs: options.authorizationWebhookCacheUnauthorizedTtlMs,
            },
            now,
          ),
        ]);
  const close = async (): Promise<void> => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
  };
  return { tokens, authorizer, namespaces: namespacesOf(options, open, now), close };
}

/** A server without the core group has no namespaces: it asks for them, or, where nobody is named, takes any. */
function namespacesOf(
  { apiGroups, kubeconfig }: ServerOptions,
  open: (flag: string, path: string) => RemoteCluster,
  now: () => number,
): NamespacePhases | undefined {
  if (apiGroups.length === 0 || apiGroups.includes('core')) return undefined;
  return kubeconfig === '' ? () => 'Active' : new RemoteNamespaces(open('kubeconfig', kubeconfig), now).phase;
}

function allowedPaths(paths: readonly string[]): Authorizer {
  try {
    return new AlwaysAllowPathsAuthorizer(paths);
  } catch (error) {
    throw new StartError(`--authorization-always-allow-paths: ${(error as Error).message}`, { cause: error });
  }
}
