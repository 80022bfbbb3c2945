import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { TableConvertor } from '../../apimachinery/table/table.js';
import type { CrdColumn, CrdVersion } from '../../registry/apiextensions/crd.js';
import type { ObjectCodec, ResourceVersion, StoredForm } from '../../registry/resource-definition.js';
import type { DefinitionSource } from './definition-source.js';
import type { SchemaCache } from './schema-cache.js';
import type { CompiledSchema, SchemaEngine } from './schema-engine.js';

/** What only the version's own fields say; its schema, the bulk of a definition, is read again when somebody needs it. */
export type VersionFields = Pick<CrdVersion, 'name' | 'deprecated' | 'deprecationWarning' | 'additionalPrinterColumns'>;

/**
 * One served version. Its schema is compiled when somebody needs it, and let go when nobody does any more, so that idle definitions stay
 * cheap.
 */
export class CustomResourceVersion implements ResourceVersion {
  readonly version: string;
  form?: StoredForm;
  readonly deprecationWarning?: string;
  private readonly columns: readonly CrdColumn[];
  private compiledSchema: CompiledSchema | undefined;
  private inUse = false;
  private convertor: TableConvertor | undefined;

  /**
   * @param successor the version that clients of a deprecated one should turn to
   */
  constructor(
    fields: VersionFields,
    private readonly kind: GroupVersionKind,
    private readonly source: DefinitionSource,
    private readonly schemas: SchemaCache,
    private readonly engine: SchemaEngine,
    successor: string | undefined,
  ) {
    this.version = fields.name;
    this.columns = fields.additionalPrinterColumns ?? [];
    if (fields.deprecated === true) {
      this.deprecationWarning = fields.deprecationWarning ?? defaultDeprecationWarning(kind, successor);
    }
  }

  get compiled(): CompiledSchema {
    this.inUse = true;
    this.compiledSchema ??= this.schemas.get(this.source.schemaOf(this.version), this.kind);
    return this.compiledSchema;
  }

  /** Lets the compiled schema go unless it was used since the call before. */
  rest(): void {
    if (!this.inUse) this.compiledSchema = undefined;
    this.inUse = false;
  }

  get schema(): Schema {
    return this.compiled.schema;
  }

  get edition(): string {
    return this.source.edition;
  }

  /** Compiles nothing by itself. */
  readonly codec: ObjectCodec = {
    decode: (value, strict) => this.compiled.codec.decode(value, strict),
    normalize: (object) => this.compiled.codec.normalize(object),
  };

  get table(): TableConvertor {
    this.convertor ??= this.engine.table(this.columns);
    return this.convertor;
  }

  readonly applyDefaults = (object: KubeObject): void => this.compiled.applyDefaults(object);

  /** Not looked up among equal ones either: to tell which are equal costs more than to compile. */
  readonly peekSchema = (): Schema =>
    this.compiledSchema?.schema ?? this.engine.compile(this.source.schemaOf(this.version), this.kind).schema;
}

function defaultDeprecationWarning({ group, version, kind }: GroupVersionKind, successor: string | undefined): string {
  const advice = successor === undefined ? '' : `; use ${group}/${successor} ${kind}`;
  return `${group}/${version} ${kind} is deprecated${advice}`;
}
