import { createHash } from 'node:crypto';
import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import { type JsonObject, sortFields } from '../../apimachinery/meta/json.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { CompiledSchema, SchemaEngine } from './schema-engine.js';

/**
 * Compiled schemas, one for all versions and definitions whose schemas are equal. Holds them weakly: a schema goes with the last
 * definition that uses it.
 */
export class SchemaCache {
  private readonly compiled = new Map<string, WeakRef<CompiledSchema>>();
  private readonly gone = new FinalizationRegistry<string>((key) => {
    if (this.compiled.get(key)?.deref() === undefined) this.compiled.delete(key);
  });

  constructor(private readonly engine: Pick<SchemaEngine, 'compile'>) {}

  get size(): number {
    return this.compiled.size;
  }

  get(schema: JsonObject, kind: GroupVersionKind): CompiledSchema {
    const key = schemaHash(schema);
    const known = this.compiled.get(key)?.deref();
    if (known !== undefined) return known;
    const made = this.engine.compile(schema, kind);
    this.compiled.set(key, new WeakRef(made));
    this.gone.register(made, key);
    return made;
  }
}

/** Equal for schemas that are equal as JSON, whatever the order of their fields. */
export function schemaHash(schema: JsonObject): string {
  return createHash('sha256')
    .update(encodeJson(sortFields(schema)))
    .digest('base64');
}
