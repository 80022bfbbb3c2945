import type { JsonObject } from '../../apimachinery/meta/json.js';
import { compileCrdSchema } from '../../apimachinery/schema/compile-crd.js';
import { customCodec, validateCustom } from '../../apimachinery/schema/custom-resource.js';
import { applyDefaults } from '../../apimachinery/schema/defaulting.js';
import { pruneResource } from '../../apimachinery/schema/prune.js';
import { withResourceMeta } from '../../apimachinery/schema/resource-meta.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import { customTable } from '../../apimachinery/table/custom-table.js';
import type { TableConvertor } from '../../apimachinery/table/table.js';
import type { Catalogue } from '../../apis/catalogue.js';
import type { CrdColumn } from '../../registry/apiextensions/crd.js';
import { builtinCodec } from '../../registry/builtin-codec.js';
import type { ObjectCodec, SubresourceDefinition } from '../../registry/resource-definition.js';
import { type CompiledSchema, SchemaEngine } from './schema-engine.js';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const SCALE_COLUMNS: readonly CrdColumn[] = [
  { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Replicas that are wanted.' },
  { name: 'Available', type: 'integer', jsonPath: '.status.replicas', description: 'Replicas that are there.' },
  {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Time since the object was made.',
  },
];
const OBJECT_META = 'meta.v1.ObjectMeta';

/** The schema engine over the catalogue of built-in types (metadata and Scale are such types). */
export class CatalogueSchemaEngine extends SchemaEngine {
  private objectMeta: Schema | undefined;

  constructor(private readonly catalogue: Catalogue) {
    super();
  }

  override compile(source: JsonObject): CompiledSchema {
    this.objectMeta ??= this.catalogue.schemaOf(OBJECT_META);
    const schema = compileCrdSchema(source);
    return {
      schema: withResourceMeta(schema, this.objectMeta),
      codec: fitting(schema, customCodec(schema, this.objectMeta)),
      applyDefaults: (object) => applyDefaults(schema, object),
      upgrade: (object) => {
        pruneResource(schema, object);
        applyDefaults(schema, object);
      },
      prune: (object) => void pruneResource(schema, object),
      validate: (object, old, others, warn) => validateCustom(schema, object, old, others, warn),
    };
  }

  override table(columns: readonly CrdColumn[]): TableConvertor {
    return customTable(columns);
  }

  override scale(): Pick<SubresourceDefinition, 'schema' | 'codec' | 'applyDefaults' | 'table'> {
    const schema = this.catalogue.schemaOfKind(SCALE);
    const codec = builtinCodec(schema);
    const table = customTable(SCALE_COLUMNS);
    return { schema, codec, table, applyDefaults: (object) => codec.applyDefaults(object) };
  }
}

/**
 * What is stored holds nothing that the schema does not name, whoever put it there (apply, admission), and every default, also
 * that of a status which its endpoint took away.
 */
function fitting(schema: Schema, codec: ObjectCodec): ObjectCodec {
  return {
    decode: (value, strict) => codec.decode(value, strict),
    normalize: (object) => {
      pruneResource(schema, object);
      applyDefaults(schema, object);
      return codec.normalize(object);
    },
  };
}
