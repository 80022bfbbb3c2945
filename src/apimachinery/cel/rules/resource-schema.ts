import type { Schema } from '../../schema/schema.js';

const TEXT: Schema = { type: 'string' };
const META: Schema = {
  type: 'object',
  properties: new Map([
    ['name', TEXT],
    ['generateName', TEXT],
  ]),
};

const made = new WeakMap<Schema, Schema>();

/** The schema of a whole resource as rules see it: type, name and prefix of the name are there always. */
export function withTypeAndMeta(schema: Schema): Schema {
  let whole = made.get(schema);
  if (whole === undefined) {
    whole = hasAll(schema) ? schema : { ...schema, properties: withMeta(schema.properties) };
    made.set(schema, whole);
  }
  return whole;
}

function withMeta(properties: ReadonlyMap<string, Schema> | undefined): ReadonlyMap<string, Schema> {
  return new Map([...(properties ?? []), ['kind', TEXT], ['apiVersion', TEXT], ['metadata', META]]);
}

function hasAll({ properties }: Schema): boolean {
  const meta = properties?.get('metadata');
  const texts = [properties?.get('kind'), properties?.get('apiVersion')];
  texts.push(meta?.properties?.get('name'), meta?.properties?.get('generateName'));
  return meta?.type === 'object' && texts.every((text) => text?.type === 'string');
}
