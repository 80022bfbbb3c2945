import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { badRequest, StatusError } from '../../apimachinery/errors/status-error.js';
import { RequestInfoError } from '../../endpoints/request-info.js';
import { ClientGone } from '../client-gone.js';
import { exchangeOf } from '../http-request.js';
import { HttpServer, hijack } from '../http-server.js';
import { textAnswer } from '../status-answer.js';

/** Whatever is thrown becomes a Status: answers as they are, anything else a 500 whose cause is logged and kept from the client. */
@Catch()
export class StatusFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(private readonly server: HttpServer) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const exchange = exchangeOf(host);
    hijack(host.getArgByIndex<FastifyReply>(1));
    if (error instanceof StatusError) {
      this.server.fail(exchange, error);
    } else if (error instanceof RequestInfoError) {
      const text = `Internal Server Error: ${JSON.stringify(exchange.url)}: failed to create RequestInfo: ${error.message}\n`;
      this.server.answer(exchange, textAnswer(500, text));
    } else if (error instanceof ClientGone) {
      this.server.fail(exchange, badRequest(error.message));
    } else if (error instanceof HttpException && error.getStatus() < 500) {
      const text = error.getStatus() === 404 ? '404 page not found\n' : `${error.message}\n`;
      this.server.answer(exchange, textAnswer(error.getStatus(), text));
    } else {
      const known = error instanceof Error ? error : new Error(String(error));
      this.logger.error(`${exchange.method} ${exchange.path}: ${known.message}`, known.stack);
      this.server.fail(exchange, known);
    }
  }
}
