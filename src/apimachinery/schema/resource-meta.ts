import type { Schema } from './schema.js';

const TEXT: Schema = { type: 'string' };

/**
 * A custom resource's schema with what every resource has: apiVersion, kind and ObjectMeta at its root and in the resources
 * embedded in it, whatever the schema itself says of them. Server-side apply and OpenAPI see this form; validation sees the schema
 * as it was written. Parts without an embedded resource are shared with the argument.
 */
export function withResourceMeta(schema: Schema, metaSchema: Schema): Schema {
  return asResource(schema, withEmbeddedMeta(schema, metaSchema), metaSchema);
}

function asResource(source: Schema, mapped: Schema, metaSchema: Schema): Schema {
  const properties = new Map(mapped.properties ?? []);
  properties.set('apiVersion', source.properties?.get('apiVersion') ?? TEXT);
  properties.set('kind', source.properties?.get('kind') ?? TEXT);
  properties.set('metadata', metaSchema);
  return { ...mapped, properties };
}

/** The same schema where nothing in it is an embedded resource. */
function withEmbeddedMeta(schema: Schema, metaSchema: Schema): Schema {
  const map = (inner: Schema): Schema => {
    const mapped = withEmbeddedMeta(inner, metaSchema);
    return inner.embeddedResource === true ? asResource(inner, mapped, metaSchema) : mapped;
  };
  const changes: { -readonly [K in keyof Schema]?: Schema[K] } = {};
  if (schema.items !== undefined) {
    const items = map(schema.items);
    if (items !== schema.items) changes.items = items;
  }
  if (typeof schema.additionalProperties === 'object') {
    const values = map(schema.additionalProperties);
    if (values !== schema.additionalProperties) changes.additionalProperties = values;
  }
  let properties: Map<string, Schema> | undefined;
  for (const [name, property] of schema.properties ?? []) {
    const mapped = map(property);
    if (mapped === property) continue;
    properties ??= new Map(schema.properties);
    properties.set(name, mapped);
  }
  if (properties !== undefined) changes.properties = properties;
  return Object.keys(changes).length === 0 ? schema : { ...schema, ...changes };
}
