import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Attributes, type AuthorizationResult, Authorizer } from '../../security/authorization/authorizer.js';
import { forbiddenError } from '../../security/authorization/forbidden.js';
import { exchangeOf } from '../http-request.js';
import { requestAttributes } from '../request-attributes.js';

/** Whether this user may do this. Refused unless an authorizer allows it. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly authorizer: Authorizer) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const exchange = exchangeOf(context);
    const attributes = requestAttributes(exchange.info, exchange.user, exchange);
    const result = this.authorizer.authorize(attributes);
    return result instanceof Promise ? result.then((found) => accept(attributes, found)) : accept(attributes, result);
  }
}

function accept(attributes: Attributes, result: AuthorizationResult): true {
  if (result.decision === 'allow') return true;
  throw forbiddenError(attributes, result.reason);
}
