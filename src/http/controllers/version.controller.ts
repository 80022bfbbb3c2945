import { All, Controller, Req } from '@nestjs/common';
import { resourceNotFound, StatusError } from '../../apimachinery/errors/status-error.js';
import { versionInfo } from '../../config/version.js';
import type { Answer } from '../../endpoints/answer.js';
import { CONTENT_TYPES, unrouted } from '../../endpoints/negotiation.js';
import type { HttpRequest } from '../http-request.js';

/** `/version`. */
@Controller()
export class VersionController {
  private readonly body = Buffer.from(JSON.stringify(versionInfo(), undefined, 2));

  /** @throws StatusError 404 below the path, 405 for other methods than GET, 406 where JSON is not accepted */
  @All(['version', 'version/*'])
  handle(@Req() request: HttpRequest): Answer {
    const { path, method, headers } = request.apiRequest;
    if (path !== '/version' && path !== '/version/') throw resourceNotFound();
    if (method !== 'GET') {
      const text = 'the server does not allow this method on the requested resource';
      throw new StatusError(405, 'MethodNotAllowed', text, {});
    }
    const refusal = unrouted(headers['accept'] as string | undefined, [CONTENT_TYPES.json]);
    if (refusal !== undefined) throw refusal;
    return { type: 'bytes', status: 200, contentType: 'application/json', body: this.body };
  }
}
