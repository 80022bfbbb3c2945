import type { Answer } from '../answer.js';
import { methodNotAllowed, type RequestScope } from '../request-scope.js';

/** Segments of the path from the resource to the subresource: `pods/NAME/log`. */
const SUBRESOURCE_SEGMENTS = 3;

/** Any request to a subresource that leads elsewhere. @throws StatusError 405, and what the connection refuses */
export async function handleConnect({ request, storage }: RequestScope): Promise<Answer> {
  const { info, method, query, context } = request;
  const connection = storage.connection!;
  if (!connection.verbs.includes(info.verb) || info.name === '') throw methodNotAllowed();
  const rest = info.parts.slice(SUBRESOURCE_SEGMENTS);
  const path = rest.length === 0 ? '' : `/${rest.join('/')}`;
  const { status, contentType, body } = await connection.open(context, info.name, { method, query, path });
  return { type: 'bytes', status, contentType, body };
}
