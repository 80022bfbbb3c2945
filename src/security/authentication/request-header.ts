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
    const { rawHeaders } = request;
    const first = (names: readonly string[]): string =>
      names.map((name) => headerValues(rawHeaders, name)[0]?.trim() ?? '').find((value) => value !== '') ?? '';
    const name = first(usernameHeaders);
    if (name === '') return undefined;
    const groups = groupHeaders.flatMap((header) => headerValues(rawHeaders, header));
    const user = { name, uid: first(uidHeaders), groups, extra: this.extraOf(rawHeaders) };
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

  private extraOf(rawHeaders: readonly string[]): Record<string, string[]> {
    const extra: Record<string, string[]> = {};
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const header = rawHeaders[i]!.toLowerCase();
      const prefix = this.options.extraHeaderPrefixes.find((each) => header.startsWith(each));
      if (prefix === undefined) continue;
      const key = unescapeKey(header.slice(prefix.length));
      const values = Object.hasOwn(extra, key) ? extra[key]! : [];
      values.push(rawHeaders[i + 1]!);
      Object.defineProperty(extra, key, { value: values, enumerable: true, configurable: true, writable: true });
    }
    return extra;
  }
}
