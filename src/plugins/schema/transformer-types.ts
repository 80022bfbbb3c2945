import { createRequire } from 'node:module';
import type { defaultMetadataStorage } from 'class-transformer/types/storage.js';
import type { SchemaClass } from '../decorators/field.js';

/** class-transformer keeps what `@Type` says in a file that it ships for such use, but only as CommonJS. */
interface Storage {
  readonly defaultMetadataStorage: typeof defaultMetadataStorage;
}

let storage: Storage | undefined;

/** What `@Type(() => ...)` of class-transformer says of a field; undefined where it says nothing. */
export function transformedTypeOf(schemaClass: SchemaClass, field: string): unknown {
  storage ??= createRequire(import.meta.url)('class-transformer/cjs/storage.js') as Storage;
  return storage.defaultMetadataStorage.findTypeMetadata(schemaClass, field)?.typeFunction();
}
