import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyHttpOptions, type FastifyReply, fastify, type RawServerDefault } from 'fastify';
import type { Answer } from '../endpoints/answer.js';
import type { HttpRequest } from './http-request.js';
import { type HttpServer, hijack } from './http-server.js';
import { textAnswer } from './status-answer.js';
import { createTlsServer } from './tls-server.js';

/** Fastify must leave bodies alone: handlers read them, after the guards, with our limits. */
const METHODS_WITH_BODY = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'];
const PATH_CHARS_MAX = 64 * 1024;

/**
 * Nest's Fastify adapter whose replies are {@link Answer}s: what a controller or an interceptor returns is put on the wire
 * by our writer, with no step of Fastify's in between.
 */
export class ApiAdapter extends FastifyAdapter {
  constructor(private readonly server: HttpServer) {
    const options = {
      logger: false,
      skipMiddie: true,
      multipart: false,
      genReqId: () => '',
      exposeHeadRoutes: false,
      return503OnClosing: false,
      schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
      routerOptions: { maxParamLength: PATH_CHARS_MAX, caseSensitive: true },
      serverFactory: (handler: Parameters<typeof createTlsServer>[2]) => {
        const listener = createTlsServer(server.options, server.tls, handler);
        server.attach(listener);
        server.connections.watch(listener);
        server.webSockets.watch(listener);
        return listener;
      },
      clientErrorHandler: refuseMalformed,
      frameworkErrors: (_error: Error, request: HttpRequest, reply: FastifyReply) => {
        hijack(reply);
        server.answer(server.open(request.raw, reply.raw), textAnswer(400, '400 Bad Request'));
      },
    };
    const instance = fastify(options as unknown as FastifyHttpOptions<RawServerDefault>);
    const { addHook } = instance;
    // The adapter's constructor adds hooks for CORS, CSRF, versioning and middleware. We have none of these, and every
    // request would pay for them.
    instance.addHook = () => instance;
    super(instance);
    instance.addHook = addHook;
    for (const method of METHODS_WITH_BODY) {
      instance.addHttpMethod(method, { hasBody: false, overrideExisting: true } as { hasBody: boolean });
    }
    instance.decorateRequest('apiRequest', null);
    instance.addHook('onRequest', (request, reply, done) => {
      (request as HttpRequest).apiRequest = server.open(request.raw, reply.raw);
      done();
    });
  }

  override reply(response: FastifyReply, body: Answer): FastifyReply {
    hijack(response);
    this.server.answer((response.request as HttpRequest).apiRequest, body);
    return response;
  }
}

/** Fastify's own compilers take long to load, and no route of ours has a schema of theirs. */
function noSchemas(): never {
  throw new TypeError('routes have no schemas of Fastify');
}

const BAD_REQUEST =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request';
const HEADERS_TOO_LARGE = BAD_REQUEST.replaceAll('400 Bad Request', '431 Request Header Fields Too Large');
const REQUEST_TIMEOUT = BAD_REQUEST.replaceAll('400 Bad Request', '408 Request Timeout');

/** What is no HTTP gets a line that says so, and is closed. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    if (error.code === 'HPE_HEADER_OVERFLOW') socket.end(HEADERS_TOO_LARGE);
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.end(REQUEST_TIMEOUT);
    else socket.end(BAD_REQUEST);
  }
  socket.destroySoon();
}
