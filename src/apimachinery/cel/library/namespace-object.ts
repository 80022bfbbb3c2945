import type { KubeObject } from '../../meta/object.js';
import type { Schema } from '../../schema/schema.js';
import { schemaValue } from '../rules/schema-value.js';
import type { Value } from '../value.js';

const TEXT: Schema = { type: 'string' };
const TEXTS: Schema = { type: 'array', items: TEXT };
const TEXT_MAP: Schema = { type: 'object', additionalProperties: TEXT };
const TIME: Schema = { type: 'string', format: 'date-time' };
const NUMBER: Schema = { type: 'integer' };

/** What expressions see of a Namespace: no managed fields, owners or conditions. */
const NAMESPACE: Schema = objectOf({
  metadata: objectOf({
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    uid: TEXT,
    creationTimestamp: TIME,
    deletionGracePeriodSeconds: NUMBER,
    deletionTimestamp: TIME,
    generation: NUMBER,
    resourceVersion: TEXT,
    finalizers: TEXTS,
  }),
  spec: objectOf({ finalizers: TEXTS }),
  status: objectOf({ phase: TEXT }),
});

function objectOf(fields: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties: new Map(Object.entries(fields)) };
}

/**
 * The variable `namespaceObject`: the Namespace of the object at hand, null where that has none.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression
 */
export function namespaceObjectValue(namespace: Readonly<KubeObject> | undefined): Value {
  return namespace === undefined ? null : schemaValue(NAMESPACE, namespace);
}
