import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, of } from 'rxjs';
import type { Answer } from '../endpoints/answer.js';
import { AggregationTarget, CoreTarget, ExtensionsTarget } from './chain.js';
import { apiRequestOf } from './current-request.js';
import type { DelegationTarget } from './delegation-target.js';
import { NotServed } from './not-served.js';

/**
 * One link of the chain: the target's answer, or what the rest of the chain says when the target does not serve the type.
 * A synchronous answer costs no promise.
 */
export abstract class DelegationInterceptor implements NestInterceptor<Answer, Answer> {
  protected constructor(private readonly target: DelegationTarget) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<Answer> | Promise<Observable<Answer>> {
    try {
      const answer = this.target.handle(apiRequestOf(context));
      return answer instanceof Promise ? answer.then(emit, (error) => delegate(error, next)) : emit(answer);
    } catch (error) {
      return delegate(error, next);
    }
  }
}

function emit(answer: Answer): Observable<Answer> {
  return of(answer);
}

function delegate(error: unknown, next: CallHandler<Answer>): Observable<Answer> {
  if (error !== NotServed) throw error;
  return next.handle();
}

@Injectable()
export class AggregationInterceptor extends DelegationInterceptor {
  constructor(target: AggregationTarget) {
    super(target);
  }
}

@Injectable()
export class CoreInterceptor extends DelegationInterceptor {
  constructor(target: CoreTarget) {
    super(target);
  }
}

@Injectable()
export class ExtensionsInterceptor extends DelegationInterceptor {
  constructor(target: ExtensionsTarget) {
    super(target);
  }
}
