import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { TableConvertor } from '../../apimachinery/table/table.js';
import type { CrdColumn } from '../../registry/apiextensions/crd.js';
import type { ObjectCodec, SubresourceDefinition } from '../../registry/resource-definition.js';
import type { ValidateCustomResource } from './custom-resource.strategy.js';

/** What one version's `openAPIV3Schema` becomes. Immutable, and shared by every version that has an equal schema. */
export interface CompiledSchema {
  /** With ObjectMeta in it: what server-side apply and OpenAPI see. */
  readonly schema: Schema;
  readonly codec: ObjectCodec;
  /** Brings what was stored under an older schema up to this one, in place: unknown fields go, defaults come. */
  readonly upgrade: (object: KubeObject) => void;
  /** Drops, in place, what the schema does not name, as conversion between versions does. */
  readonly prune: (object: KubeObject) => void;
  readonly applyDefaults: (object: KubeObject) => void;
  readonly validate: ValidateCustomResource;
}

/** What the extension server needs of the schema engine and the printers. */
export abstract class SchemaEngine {
  /** @param schema a schema that was accepted when its definition was written */
  abstract compile(schema: JsonObject, kind: GroupVersionKind): CompiledSchema;

  abstract table(columns: readonly CrdColumn[]): TableConvertor;

  /** Schema, codec, defaults and columns of autoscaling/v1 Scale. */
  abstract scale(): Pick<SubresourceDefinition, 'schema' | 'codec' | 'applyDefaults' | 'table'>;
}
