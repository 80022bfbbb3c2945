import { randomUUID } from 'node:crypto';
import { readNamedFile } from '../config/complete.js';
import type { ServerOptions } from '../config/server-options.js';
import { StartError } from '../config/start-error.js';
import { type Authenticator, type TokenAuthenticator } from './authentication/authenticator.js';
import { BearerTokenAuthenticator } from './authentication/bearer-token.js';
import { ClientCertificateAuthenticator } from './authentication/client-certificate.js';
import { type IssuerDocuments, issuerDocuments } from './authentication/issuer-discovery.js';
import { RequestHeaderAuthenticator } from './authentication/request-header.js';
import type { BoundObjectLookup } from './authentication/service-account/bound-objects.js';
import {
  readSigningKey,
  readVerificationKeys,
  type VerificationKey,
} from './authentication/service-account/signing-keys.js';
import { ServiceAccountTokenAuthenticator } from './authentication/service-account/token-authenticator.js';
import { ServiceAccountTokenIssuer } from './authentication/service-account/token-issuer.js';
import { StaticTokenAuthenticator } from './authentication/static-tokens.js';
import { AnonymousAuthenticator, UnionAuthenticator, UnionTokenAuthenticator } from './authentication/union.js';
import { createAuthorizer } from './authorization/authorizer-factory.js';
import { UnionAuthorizer } from './authorization/authorizers.js';
import { RbacEscalationCheck } from './authorization/rbac/escalation.js';
import { RbacAuthorizer } from './authorization/rbac/rbac-authorizer.js';
import { RbacPolicyFeed } from './authorization/rbac/rbac-policy-feed.js';
import { RbacPolicyIndex } from './authorization/rbac/rbac-policy-index.js';
import { delegatedSecurity } from './delegation/delegated-security.js';

/** Who is asking and what they may do, as the options say. */
export interface Security {
  readonly authenticator: UnionAuthenticator;
  readonly tokens: UnionTokenAuthenticator;
  readonly authorizer: UnionAuthorizer;
  readonly escalation: RbacEscalationCheck;
  /** To be started with the stored roles and bindings before the server serves. */
  readonly policyFeed: RbacPolicyFeed;
  /** Undefined without a signing key. */
  readonly issuer: ServiceAccountTokenIssuer | undefined;
  readonly documents: IssuerDocuments | undefined;
  /** Set where namespaces are another server's. */
  readonly namespaces: ReturnType<typeof delegatedSecurity>['namespaces'];
  /** Ends connections to servers that decide for this one. */
  close(): Promise<void>;
}

/**
 * Builds authentication and authorization from the options. Reads the files they name; opens nothing.
 * @param now clock, ms since the epoch
 * @throws StartError naming flag and line, for files and modes that cannot be used
 */
export function createSecurity(options: ServerOptions, objects: BoundObjectLookup, now: () => number): Security {
  const policy = new RbacPolicyIndex();
  const rbac = new RbacAuthorizer(policy);
  const delegated = delegatedSecurity(options, now);
  const authorizer =
    delegated.authorizer === undefined
      ? createAuthorizer(options.authorizationMode, rbac)
      : new UnionAuthorizer([delegated.authorizer]);
  const keys = verificationKeys(options);
  const own = createTokenAuthenticators(options, keys, objects, now);
  const tokens = new UnionTokenAuthenticator(delegated.tokens === undefined ? own : [...own, delegated.tokens]);
  return {
    authenticator: createAuthenticator(options, tokens, now),
    tokens,
    authorizer,
    escalation: new RbacEscalationCheck(policy, rbac, authorizer),
    policyFeed: new RbacPolicyFeed(policy),
    issuer: createIssuer(options, now),
    documents: createDocuments(options, keys),
    namespaces: delegated.namespaces,
    close: delegated.close,
  };
}

/** A front proxy comes before a certificate of its own, certificates before tokens, as in kube-apiserver. */
function createAuthenticator(
  options: ServerOptions,
  tokens: TokenAuthenticator,
  now: () => number,
): UnionAuthenticator {
  const chain: Authenticator[] = [];
  if (options.requestheaderClientCaFile !== '') {
    chain.push(
      new RequestHeaderAuthenticator({
        allowedNames: options.requestheaderAllowedNames,
        usernameHeaders: options.requestheaderUsernameHeaders,
        uidHeaders: options.requestheaderUidHeaders,
        groupHeaders: options.requestheaderGroupHeaders,
        extraHeaderPrefixes: options.requestheaderExtraHeadersPrefix,
      }),
    );
  }
  if (options.clientCaFile !== '') chain.push(new ClientCertificateAuthenticator(now));
  chain.push(new BearerTokenAuthenticator(tokens));
  return new UnionAuthenticator(chain, options.anonymousAuth ? new AnonymousAuthenticator() : undefined);
}

function createTokenAuthenticators(
  options: ServerOptions,
  keys: readonly VerificationKey[],
  objects: BoundObjectLookup,
  now: () => number,
): TokenAuthenticator[] {
  const { tokenAuthFile, apiAudiences, serviceAccountIssuer: issuers, serviceAccountLookup: lookup } = options;
  const kinds: TokenAuthenticator[] = [];
  if (tokenAuthFile !== '') {
    kinds.push(naming('token-auth-file', tokenAuthFile, (text) => new StaticTokenAuthenticator(text, apiAudiences)));
  }
  if (keys.length > 0 && issuers.length > 0) {
    kinds.push(new ServiceAccountTokenAuthenticator({ issuers, keys, apiAudiences, lookup }, objects, now));
  }
  return kinds;
}

/** Keys of --service-account-key-file, and the signing key's own: what the server signs it accepts. */
function verificationKeys({ serviceAccountKeyFile, serviceAccountSigningKeyFile }: ServerOptions): VerificationKey[] {
  const keys = serviceAccountKeyFile.flatMap((path) => naming('service-account-key-file', path, readVerificationKeys));
  if (serviceAccountSigningKeyFile !== '') {
    const path = serviceAccountSigningKeyFile;
    keys.push(naming('service-account-signing-key-file', path, readSigningKey).verification);
  }
  return keys.filter((key, i) => keys.findIndex(({ keyId }) => keyId === key.keyId) === i);
}

function createIssuer(options: ServerOptions, now: () => number): ServiceAccountTokenIssuer | undefined {
  const { serviceAccountSigningKeyFile: path, serviceAccountIssuer } = options;
  const issuer = serviceAccountIssuer[0];
  if (path === '' || issuer === undefined) return undefined;
  const key = naming('service-account-signing-key-file', path, readSigningKey);
  return new ServiceAccountTokenIssuer(issuer, key, now, () => randomUUID());
}

function createDocuments(options: ServerOptions, keys: readonly VerificationKey[]): IssuerDocuments | undefined {
  const issuer = options.serviceAccountIssuer[0];
  if (issuer === undefined || keys.length === 0) return undefined;
  const { advertiseAddress: address, securePort } = options;
  const host = address.includes(':') ? `[${address}]` : address;
  return issuerDocuments(issuer, `https://${host}:${securePort}/openid/v1/jwks`, keys);
}

/** Reads what a flag names; a fault in the content names flag and file too. */
function naming<T>(flag: string, path: string, read: (text: string) => T): T {
  const text = readNamedFile(flag, path);
  try {
    return read(text);
  } catch (error) {
    throw new StartError(`--${flag} ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
