import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { type AuthenticationRequest, type AuthenticationResult, Authenticator } from './authenticator.js';
import { headerValues, unescapeKey } from './headers.js';
import { LruMap } from './lru-map.js';

/** Users a front proxy has named, kept so that what is remembered about them is found again. */
const PROXIED_USERS_MAX = 4096;

export interface RequestHeaderOptions {
  /** Common names of trusted proxies; empty: any certificate of the authority. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/**
 * --requestheader-*: a trusted front proxy (the aggregator of another API server) proves itself by its certificate and names the
 * user in headers. Without that certificate the headers mean nothing.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy
 */
export class RequestHeaderAuthenticator extends Authenticator {
  private readonly trusted = new WeakMap<object, boolean>();
  private readonly users = new LruMap<string, UserInfo>(PROXIED_USERS_MAX);
  private readonly options: RequestHeaderOptions;

  constructor({ allowedNames, ...names }: RequestHeaderOptions) {
    super();
    const lower = (list: readonly string[]): string[] => list.map((name) => name.toLowerCase());
    this.options = {
      allowedNames,
      usernameHeaders: lower(names.usernameHeaders),
      uidHeaders: lower(names.uidHeaders),
      groupHeaders: lower(names.groupHeaders),
      extraHeaderPrefixes: lower(names.extraHeaderPrefixes),
    };
  }

  override authenticate(request: AuthenticationRequest): AuthenticationResult | undefined {
    if (!this.isTrusted(request)) return undefined;
    const { usernameHeaders, uidHeaders, groupHeaders } = this.options;
    const { headers } = request;
    const first = (names: readonly string[]): string =>
      names.map((name) => headerValues(headers, name)[0]?.trim() ?? '').find((value) => value !== '') ?? '';
    const name = first(usernameHeaders);
    if (name === '') return undefined;
    const groups = groupHeaders.flatMap((header) => headerValues(headers, header));
    const user = { name, uid: first(uidHeaders), groups, extra: this.extraOf(headers) };
    const key = JSON.stringify(user);
    const known = this.users.get(key);
    if (known === undefined) this.users.set(key, user);
    return { user: known ?? user };
  }

  private isTrusted({ peer }: AuthenticationRequest): boolean {
    const known = this.trusted.get(peer.connection);
    if (known !== undefined) return known;
    const certificate = peer.frontProxyCertificate();
    const { allowedNames } = this.options;
    const trusted =
      certificate !== undefined && (allowedNames.length === 0 || allowedNames.includes(certificate.commonName));
    this.trusted.set(peer.connection, trusted);
    return trusted;
  }

  private extraOf(headers: AuthenticationRequest['headers']): Record<string, string[]> {
    const extra: Record<string, string[]> = {};
    for (const header of Object.keys(headers)) {
      for (const prefix of this.options.extraHeaderPrefixes) {
        if (!header.startsWith(prefix)) continue;
        const key = unescapeKey(header.slice(prefix.length));
        extra[key] = [...(extra[key] ?? []), ...headerValues(headers, header)];
      }
    }
    return extra;
  }
}
