import type { ArgumentsHost } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Exchange } from './exchange.js';

/** Fastify's request with our exchange on it: `apiRequest` is what guards and the chain's interceptors read. */
export interface HttpRequest extends FastifyRequest {
  apiRequest: Exchange;
}

export function exchangeOf(host: ArgumentsHost): Exchange {
  return host.getArgByIndex<HttpRequest>(0).apiRequest;
}
