import { unauthorized } from '../../apimachinery/errors/status-error.js';
import {
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
  type TokenAuthenticator,
} from './authenticator.js';
import { TokenError } from './token-error.js';

/** Browsers cannot set headers on WebSockets: the token travels as a subprotocol, base64url without padding. */
export const WEBSOCKET_TOKEN_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** Tokens in `Authorization: Bearer`, or in the subprotocols of a WebSocket upgrade. */
export class BearerTokenAuthenticator extends Authenticator {
  constructor(private readonly tokens: TokenAuthenticator) {
    super();
  }

  override authenticate(
    request: AuthenticationRequest,
  ): Promise<AuthenticationResult | undefined> | AuthenticationResult | undefined {
    const token = headerToken(request.authorization) ?? protocolToken(request.headers);
    if (token === undefined) return undefined;
    try {
      const answer = this.tokens.authenticateToken(token, undefined);
      return answer instanceof Promise ? answer.catch(refused).then(known) : known(answer);
    } catch (error) {
      return refused(error);
    }
  }
}

function known(result: AuthenticationResult | undefined): AuthenticationResult {
  if (result === undefined) throw unauthorized();
  return result;
}

function refused(error: unknown): never {
  throw error instanceof TokenError ? unauthorized() : error;
}

/** Undefined for other schemes and for a scheme without a token: those are not ours, the request may still be anonymous. */
function headerToken(authorization: string | undefined): string | undefined {
  const [scheme, token] = (authorization ?? '').trim().split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}

/** Other requests may name what subprotocols they like. */
function protocolToken(headers: AuthenticationRequest['headers']): string | undefined {
  const header = headers['sec-websocket-protocol'];
  if (header === undefined || !isUpgrade(headers)) return undefined;
  const protocols = [header].flat().flatMap((value) => value.split(','));
  const carrier = protocols.map((p) => p.trim()).find((p) => p.startsWith(WEBSOCKET_TOKEN_PREFIX));
  if (carrier === undefined) return undefined;
  return Buffer.from(carrier.slice(WEBSOCKET_TOKEN_PREFIX.length), 'base64url').toString('utf8') || undefined;
}

function isUpgrade(headers: AuthenticationRequest['headers']): boolean {
  const names = (header: string, token: string) =>
    [headers[header] ?? []].flat().some((value) =>
      value
        .toLowerCase()
        .split(/[\s,]+/)
        .includes(token),
    );
  return names('connection', 'upgrade') && names('upgrade', 'websocket');
}
