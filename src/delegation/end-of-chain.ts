import { Injectable } from '@nestjs/common';
import { resourceNotFound } from '../apimachinery/errors/status-error.js';
import type { Answer } from '../endpoints/answer.js';
import type { ApiRequest } from '../endpoints/api-request.js';

/**
 * Which groups are built in: below their paths whatever is unknown is a 404 Status, anywhere else a plain-text 404, as if no
 * API had ever been there.
 */
export abstract class BuiltInGroups {
  abstract has(group: string): boolean;
}

const NOT_FOUND: Answer = {
  type: 'bytes',
  status: 404,
  contentType: 'text/plain; charset=utf-8',
  headers: { 'x-content-type-options': 'nosniff' },
  body: Buffer.from('404 page not found\n'),
};

/** The answer to requests that no server of the chain serves. */
@Injectable()
export class EndOfChain {
  constructor(private readonly groups: BuiltInGroups) {}

  /** @throws StatusError 404 below built-in paths */
  handle(request: ApiRequest): Answer {
    const [, prefix, group] = request.path.split('/', 3);
    const known = prefix === 'api' || (prefix === 'apis' && group !== undefined && this.groups.has(group));
    if (known) throw resourceNotFound();
    return NOT_FOUND;
  }
}
