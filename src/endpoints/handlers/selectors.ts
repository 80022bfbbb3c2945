import { badRequest } from '../../apimachinery/errors/status-error.js';
import { type FieldSelector, parseFieldSelector } from '../../apimachinery/selectors/field-selector.js';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.js';
import { EVERYTHING, type Selector } from '../../apimachinery/selectors/selector.js';
import type { ResourceDefinition } from '../../registry/resource-definition.js';
import type { ListQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';

const ALWAYS_SELECTABLE = ['metadata.name', 'metadata.namespace'];

/** Compiles both selectors and refuses fields the kind cannot be selected by. @throws StatusError 400 */
export function compileSelectors(scope: RequestScope, query: ListQuery): { labels: Selector; fields: Selector } {
  const labels = query.labelSelector === '' ? EVERYTHING : parseLabelSelector(query.labelSelector);
  if (query.fieldSelector === '') return { labels, fields: namedInPath(scope) };
  const asked = parseFieldSelector(query.fieldSelector);
  for (const key of asked.keys) checkField(scope, key);
  return { labels, fields: withPathName(scope, inStoredWords(scope, asked)) };
}

const EVENT_LABELS: ReadonlyMap<string, string> = new Map([
  ...['reason', 'type'].map((name) => [name, name] as const),
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (name) => [`regarding.${name}`, `involvedObject.${name}`] as const,
  ),
  ['reportingController', 'reportingComponent'],
]);

/** Labels of kinds whose objects are stored in the words of another group: these, and no others. */
const LABELS_BY_RESOURCE: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['events.k8s.io/events', EVENT_LABELS],
]);

/** Old clients ask for the pods of a node by `spec.host`; that pods can be asked for by all their addresses was meant, but finds none. */
const MORE_POD_LABELS: ReadonlyMap<string, string> = new Map([
  ['spec.host', 'spec.nodeName'],
  ['status.podIPs', 'status.podIPs'],
]);

/** The field that a label of this kind stands for, where it is not the one of that name. */
function labelsOf({ group, resource }: ResourceDefinition): ReadonlyMap<string, string> | undefined {
  return group === '' && resource === 'pods' ? MORE_POD_LABELS : LABELS_BY_RESOURCE.get(`${group}/${resource}`);
}

function inStoredWords({ definition }: RequestScope, fields: FieldSelector): FieldSelector {
  const labels = labelsOf(definition);
  if (labels === undefined || !fields.keys.some((key) => labels.has(key))) return fields;
  return fields.transform((key, value) => ({ key: labels.get(key) ?? key, value }));
}

/** Kinds that say it in other words. */
const OWN_WORDS: ReadonlyMap<string, (key: string) => string> = new Map([
  ['batch/jobs', (key) => `field label ${JSON.stringify(key)} not supported for Job`],
  [
    'resource.k8s.io/resourceslices',
    (key) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${key}`,
  ],
]);

function checkField({ definition }: RequestScope, key: string): void {
  const { custom, namespaced, selectableFields } = definition;
  // A kind without namespaces that names its own fields has no such field among them.
  const foreign = key === 'metadata.namespace' && !namespaced && !custom && selectableFields.length > 0;
  const name = `${definition.group}/${definition.resource}`;
  const known = LABELS_BY_RESOURCE.has(name) ? [] : selectableFields;
  if (!foreign && (ALWAYS_SELECTABLE.includes(key) || known.includes(key) || labelsOf(definition)?.has(key))) return;
  const own = OWN_WORDS.get(name);
  if (own !== undefined) throw badRequest(own(key));
  if (custom || selectableFields.length > 0) throw badRequest(`field label not supported: ${key}`);
  const always = ALWAYS_SELECTABLE.map((field) => JSON.stringify(field)).join(', ');
  throw badRequest(`${JSON.stringify(key)} is not a known field selector: only ${always}`);
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
