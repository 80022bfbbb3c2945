import { All, Controller, Req, UseInterceptors } from '@nestjs/common';
import {
  AggregationInterceptor,
  CoreInterceptor,
  ExtensionsInterceptor,
} from '../../delegation/delegation.interceptor.js';
import { EndOfChain } from '../../delegation/end-of-chain.js';
import type { Answer } from '../../endpoints/answer.js';
import type { HttpRequest } from '../http-request.js';

/** Every path that has no controller of its own: the chain's interceptors answer, in this order; the rest ends here. */
@Controller()
@UseInterceptors(AggregationInterceptor, CoreInterceptor, ExtensionsInterceptor)
export class ApiController {
  constructor(private readonly end: EndOfChain) {}

  @All('*')
  handle(@Req() request: HttpRequest): Answer {
    return this.end.handle(request.apiRequest);
  }
}
