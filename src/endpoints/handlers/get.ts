import { badRequest } from '../../apimachinery/errors/status-error.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { parseResourceVersion } from '../../registry/rest/resource-version.js';
import type { Answer } from '../answer.js';
import { objectAnswer, outputOf } from '../answer-encoder.js';
import { parseBool } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';

/** GET of one object. */
export function handleGet(scope: RequestScope): Answer | Promise<Answer> {
  const { request, storage } = scope;
  const output = outputOf(scope, false);
  if (parseBool(request.query.get('export')) === true) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
  const resourceVersion = request.query.get('resourceVersion');
  if (resourceVersion !== null && resourceVersion !== '') checkVersion(storage, resourceVersion);
  const view = storage.get!(request.context, request.info.name);
  return view instanceof Promise
    ? view.then((found) => objectAnswer(scope, found, 200, output))
    : objectAnswer(scope, view, 200, output);
}

/** Stored resources know how far they are; others only check that the text is a number. */
function checkVersion(storage: RequestScope['storage'], text: string): void {
  const { checkResourceVersion } = storage as Partial<ResourceStore>;
  if (checkResourceVersion !== undefined) checkResourceVersion.call(storage, text);
  else parseResourceVersion(text);
}
