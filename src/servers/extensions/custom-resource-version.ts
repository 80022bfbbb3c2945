import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { TableConvertor } from '../../apimachinery/table/table.js';
import type { CrdVersion } from '../../registry/apiextensions/crd.js';
import type { ObjectCodec, ResourceVersion, StoredForm } from '../../registry/resource-definition.js';
import type { SchemaCache } from './schema-cache.js';
import type { CompiledSchema, SchemaEngine } from './schema-engine.js';

/** One served version; its schema is compiled when somebody first needs it, so that idle definitions stay cheap. */
export class CustomResourceVersion implements ResourceVersion {
  readonly version: string;
  form?: StoredForm;
  readonly deprecationWarning?: string;
  private compiledSchema: CompiledSchema | undefined;
  private convertor: TableConvertor | undefined;

  /**
   * @param successor the version that clients of a deprecated one should turn to
   */
  constructor(
    private readonly source: CrdVersion,
    private readonly kind: GroupVersionKind,
    private readonly schemas: SchemaCache,
    private readonly engine: SchemaEngine,
    successor: string | undefined,
  ) {
    this.version = source.name;
    if (source.deprecated === true) {
      this.deprecationWarning = source.deprecationWarning ?? defaultDeprecationWarning(kind, successor);
    }
  }

  get compiled(): CompiledSchema {
    this.compiledSchema ??= this.schemas.get(this.source.schema?.openAPIV3Schema ?? {}, this.kind);
    return this.compiledSchema;
  }

  get schema(): Schema {
    return this.compiled.schema;
  }

  get codec(): ObjectCodec {
    return this.compiled.codec;
  }

  get table(): TableConvertor {
    this.convertor ??= this.engine.table(this.source.additionalPrinterColumns ?? []);
    return this.convertor;
  }

  readonly applyDefaults = (object: KubeObject): void => this.compiled.applyDefaults(object);
}

function defaultDeprecationWarning({ group, version, kind }: GroupVersionKind, successor: string | undefined): string {
  const advice = successor === undefined ? '' : `; use ${group}/${successor} ${kind}`;
  return `${group}/${version} ${kind} is deprecated${advice}`;
}
