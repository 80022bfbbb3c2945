import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { wantedUserOf } from '../../security/impersonation/impersonation-headers.js';
import { Impersonator } from '../../security/impersonation/impersonator.js';
import { exchangeOf } from '../http-request.js';
import { requestAttributes } from '../request-attributes.js';

/** Goes on as another user where the headers ask for it and the requester may. */
@Injectable()
export class ImpersonationGuard implements CanActivate {
  constructor(private readonly impersonator: Impersonator) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const exchange = exchangeOf(context);
    const wanted = wantedUserOf(exchange.raw.rawHeaders);
    if (wanted === undefined) return true;
    const attributes = requestAttributes(exchange.info, exchange.user, exchange);
    return this.impersonator.impersonate(wanted, attributes).then((user) => {
      exchange.impersonator = exchange.user;
      exchange.user = user;
      return true;
    });
  }
}
