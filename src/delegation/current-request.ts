import type { ExecutionContext } from '@nestjs/common';
import type { ApiRequest } from '../endpoints/api-request.js';

/** What the HTTP layer's request object carries for guards and interceptors. */
export interface CarriesApiRequest {
  readonly apiRequest: ApiRequest;
}

/** The request a guard or interceptor works for; the first guard has put it there. */
export function apiRequestOf(context: ExecutionContext): ApiRequest {
  return context.getArgByIndex<CarriesApiRequest>(0).apiRequest;
}
