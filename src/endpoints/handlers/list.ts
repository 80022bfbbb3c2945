import { validateListOptions } from '../../registry/rest/list-options.js';
import type { ListOptions } from '../../registry/rest/storage.js';
import type { Answer } from '../answer.js';
import { listAnswer, outputOf } from '../answer-encoder.js';
import { type ListQuery, parseListQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';
import { compileSelectors } from './selectors.js';

/** GET of a collection. */
export async function handleList(scope: RequestScope): Promise<Answer> {
  const output = outputOf(scope, true);
  const query = parseListQuery(scope.request.query, false);
  const result = await scope.storage.list!(scope.request.context, listOptions(scope, query));
  return listAnswer(scope, result, output);
}

/** @throws StatusError 400, 422 */
export function listOptions(scope: RequestScope, query: ListQuery): ListOptions {
  validateListOptions(query);
  return {
    ...compileSelectors(scope, query),
    limit: query.limit,
    continueToken: query.continueToken,
    resourceVersion: query.resourceVersion,
    resourceVersionMatch: query.resourceVersionMatch as ListOptions['resourceVersionMatch'],
  };
}
