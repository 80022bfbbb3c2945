import type { CompletedConfig } from '../../config/complete.js';
import type { ServerOptions } from '../../config/server-options.js';
import { StartError } from '../../config/start-error.js';
import { openRemoteCluster } from './open-remote-cluster.js';
import type { RemoteCluster } from './remote-cluster.js';
import { type ClusterTrust, lookUpTrust, TRUST_CONFIG_MAP } from './trust-lookup.js';

/** How old what the other server publishes may be. */
const REFRESH_MS = 30_000;

/** Authorities beside those that the options name, PEM. */
export interface Authorities {
  readonly clientCa: string;
  readonly requestheaderClientCa: string;
}

export const NO_AUTHORITIES: Authorities = { clientCa: '', requestheaderClientCa: '' };

/**
 * Whom to believe, from what the API server in front publishes, where the options do not say so themselves. Its authorities of
 * clients are believed beside this server's own; its front proxy takes the place of this server's. Authorities are looked up again
 * from time to time, names and headers only at the start.
 */
export class DelegatedTrust {
  private timer: NodeJS.Timeout | undefined;
  private last = '';

  private constructor(
    private readonly cluster: RemoteCluster,
    private readonly wants: { readonly clientCa: boolean; readonly requestheader: boolean },
    private readonly found: ClusterTrust | undefined,
  ) {}

  /** Undefined where nothing is to be looked up. @throws StartError where it must be and cannot */
  static async open({ options, pki }: CompletedConfig): Promise<DelegatedTrust | undefined> {
    const wants = {
      clientCa: options.clientCaFile === pki.caCert,
      requestheader: options.requestheaderClientCaFile === pki.frontProxyCaCert,
    };
    if (options.authenticationKubeconfig === '' || options.authenticationSkipLookup) return undefined;
    if (!wants.clientCa && !wants.requestheader) return undefined;
    const cluster = openRemoteCluster('authentication-kubeconfig', options.authenticationKubeconfig);
    try {
      return new DelegatedTrust(cluster, wants, await lookUpTrust(cluster));
    } catch (error) {
      if (options.authenticationTolerateLookupFailure) return new DelegatedTrust(cluster, wants, undefined);
      await cluster.close();
      const { namespace, name } = TRUST_CONFIG_MAP;
      throw new StartError(
        `--authentication-kubeconfig: cannot read ConfigMap ${namespace}/${name}: ${(error as Error).message}; ` +
          'grant the role extension-apiserver-authentication-reader, or start with --authentication-tolerate-lookup-failure',
        { cause: error },
      );
    }
  }

  /** Options with the names and headers that the other server's proxy uses. */
  apply(options: ServerOptions): ServerOptions {
    if (!this.wants.requestheader) return options;
    const { allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } =
      this.found?.requestheader ?? {};
    const given = (list: readonly string[] | undefined, otherwise: readonly string[]) =>
      list === undefined || list.length === 0 ? otherwise : list;
    return Object.freeze({
      ...options,
      requestheaderAllowedNames: allowedNames ?? options.requestheaderAllowedNames,
      requestheaderUsernameHeaders: given(usernameHeaders, options.requestheaderUsernameHeaders),
      requestheaderUidHeaders: given(uidHeaders, options.requestheaderUidHeaders),
      requestheaderGroupHeaders: given(groupHeaders, options.requestheaderGroupHeaders),
      requestheaderExtraHeadersPrefix: given(extraHeaderPrefixes, options.requestheaderExtraHeadersPrefix),
    });
  }

  /** Authorities in force now. @param own of this server */
  authorities(
    own: Authorities,
    { clientCa, requestheaderClientCa }: Authorities = this.found ?? NO_AUTHORITIES,
  ): Authorities {
    return {
      clientCa: this.wants.clientCa ? joinPem(own.clientCa, clientCa) : own.clientCa,
      requestheaderClientCa: this.wants.requestheader ? requestheaderClientCa : own.requestheaderClientCa,
    };
  }

  /** @param onChange called with the authorities whenever others are published. A failed look-up changes nothing. */
  follow(own: Authorities, onChange: (authorities: Authorities) => void): void {
    this.last = JSON.stringify(this.authorities(own));
    const look = async (): Promise<void> => {
      const authorities = this.authorities(own, await lookUpTrust(this.cluster));
      const text = JSON.stringify(authorities);
      if (text === this.last) return;
      this.last = text;
      onChange(authorities);
    };
    this.timer = setInterval(() => void look().catch(() => {}), REFRESH_MS);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.cluster.close();
  }
}

function joinPem(...texts: string[]): string {
  return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
}
