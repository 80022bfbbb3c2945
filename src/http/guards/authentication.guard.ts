import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { unauthorized } from '../../apimachinery/errors/status-error.js';
import { ALL_UNAUTHENTICATED, ANONYMOUS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import { ServerConfig } from '../../config/server-options.js';
import { type AuthenticationResult, Authenticator } from '../../security/authentication/authenticator.js';
import type { Exchange } from '../exchange.js';
import { exchangeOf } from '../http-request.js';
import { HttpServer } from '../http-server.js';

const ANONYMOUS_USER: UserInfo = { name: ANONYMOUS, uid: '', groups: [ALL_UNAUTHENTICATED], extra: {} };

/** A scheme, and then two spaces: no token is read. */
const SPACED_BEARER = /^\s*bearer {2}/i;
const SPACED_BEARER_WARNING =
  'the provided Authorization header contains extra space before the bearer token, and is ignored';

/** Who asks, and how long they are willing to wait. Without a credential it is the anonymous user, if such may ask at all; a bad credential is 401. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly server: HttpServer,
    private readonly config: ServerConfig,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const exchange = exchangeOf(context);
    this.server.inFlight.limit(exchange);
    const result = this.authenticator.authenticate({
      authorization: exchange.raw.headers.authorization,
      headers: exchange.headers,
      rawHeaders: exchange.raw.rawHeaders,
      path: exchange.path,
      peer: this.server.peers.of(exchange.raw),
    });
    if (result instanceof Promise) return result.then((found) => this.accept(exchange, found));
    return this.accept(exchange, result);
  }

  private accept(exchange: Exchange, result: AuthenticationResult | undefined): true {
    if (result === undefined && !this.config.options.anonymousAuth) throw unauthorized();
    exchange.user = result?.user ?? ANONYMOUS_USER;
    if (SPACED_BEARER.test(exchange.raw.headers.authorization ?? '')) exchange.warn(SPACED_BEARER_WARNING);
    return true;
  }
}
