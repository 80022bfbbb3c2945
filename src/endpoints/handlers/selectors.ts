import { badRequest } from '../../apimachinery/errors/status-error.js';
import { type FieldSelector, parseFieldSelector } from '../../apimachinery/selectors/field-selector.js';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.js';
import { EVERYTHING, type Selector } from '../../apimachinery/selectors/selector.js';
import type { ListQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';

const ALWAYS_SELECTABLE = ['metadata.name', 'metadata.namespace'];

/** Compiles both selectors and refuses fields the kind cannot be selected by. @throws StatusError 400 */
export function compileSelectors(scope: RequestScope, query: ListQuery): { labels: Selector; fields: Selector } {
  const labels = query.labelSelector === '' ? EVERYTHING : parseLabelSelector(query.labelSelector);
  if (query.fieldSelector === '') return { labels, fields: namedInPath(scope) };
  const fields = parseFieldSelector(query.fieldSelector);
  for (const key of fields.keys) checkField(scope, key);
  return { labels, fields: withPathName(scope, fields) };
}

function checkField({ definition }: RequestScope, key: string): void {
  const { custom, namespaced, selectableFields } = definition;
  // A kind without namespaces that names its own fields has no such field among them.
  const foreign = key === 'metadata.namespace' && !namespaced && !custom && selectableFields.length > 0;
  if (!foreign && (ALWAYS_SELECTABLE.includes(key) || selectableFields.includes(key))) return;
  if (custom || selectableFields.length > 0) throw badRequest(`field label not supported: ${key}`);
  const known = ALWAYS_SELECTABLE.map((field) => JSON.stringify(field)).join(', ');
  throw badRequest(`${JSON.stringify(key)} is not a known field selector: only ${known}`);
}

/** The old paths `/watch/.../NAME` are about one object. */
function namedInPath({ request }: RequestScope): Selector {
  const name = request.info.parts[1] ?? '';
  return name === '' ? EVERYTHING : parseFieldSelector(`metadata.name=${name}`);
}

function withPathName(scope: RequestScope, fields: FieldSelector): Selector {
  const name = scope.request.info.parts[1] ?? '';
  if (name === '' || fields.exact.some((term) => term.key === 'metadata.name' && term.value === name)) return fields;
  throw badRequest("fieldSelector metadata.name doesn't match requested name");
}
