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
  const fields = inTodaysWords(scope, parseFieldSelector(query.fieldSelector));
  for (const key of fields.keys) checkField(scope, key);
  return { labels, fields: withPathName(scope, fields) };
}

/** Old clients ask for the pods of a node by `spec.host`. */
function inTodaysWords({ definition }: RequestScope, fields: FieldSelector): FieldSelector {
  if (definition.resource !== 'pods' || definition.group !== '' || !fields.keys.includes('spec.host')) return fields;
  return fields.transform((key, value) => ({ key: key === 'spec.host' ? 'spec.nodeName' : key, value }));
}

/** Kinds that say it in other words. */
const OWN_WORDS: ReadonlyMap<string, (key: string) => string> = new Map([
  ['batch/jobs', (key) => `field label ${JSON.stringify(key)} not supported for batchv1.Job`],
  [
    'resource.k8s.io/resourceslices',
    (key) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${key}`,
  ],
]);

function checkField({ definition }: RequestScope, key: string): void {
  const { custom, namespaced, selectableFields } = definition;
  // A kind without namespaces that names its own fields has no such field among them.
  const foreign = key === 'metadata.namespace' && !namespaced && !custom && selectableFields.length > 0;
  if (!foreign && (ALWAYS_SELECTABLE.includes(key) || selectableFields.includes(key))) return;
  const own = OWN_WORDS.get(`${definition.group}/${definition.resource}`);
  if (own !== undefined) throw badRequest(own(key));
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
