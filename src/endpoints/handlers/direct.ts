import type { DirectAnswers } from '../../registry/rest/storage.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { CONTENT_TYPES } from '../negotiation.js';

const OK = 200;

/** Any request to a subresource that code answers by itself, always in JSON. */
export async function handleDirect(request: ApiRequest, direct: DirectAnswers): Promise<Answer> {
  const { info, query, context } = request;
  const answer = await direct.answer(context, info.name, { verb: info.verb, query, body: () => request.body() });
  return {
    type: 'bytes',
    status: OK,
    contentType: CONTENT_TYPES.json,
    body: Buffer.from(`${JSON.stringify(answer)}\n`),
  };
}
