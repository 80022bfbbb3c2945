import { EntitySchema } from 'typeorm';
import type { ColumnTypes } from './column-types.js';

/** The current state: one row for each object there is. */
export interface StoredObjectRow {
  collection: string;
  key: string;
  namespace: string;
  name: string;
  revision: number;
  /** JSON text, as `StoredObject.json`. */
  value: Buffer;
}

export function storedObjectEntity(types: ColumnTypes): EntitySchema<StoredObjectRow> {
  return new EntitySchema<StoredObjectRow>({
    name: 'stored_object',
    columns: {
      collection: { ...types.text, primary: true, primaryKeyConstraintName: 'stored_object_pk' },
      key: { ...types.text, primary: true, primaryKeyConstraintName: 'stored_object_pk' },
      namespace: { ...types.text },
      name: { ...types.text },
      revision: { type: types.revision },
      value: { type: types.bytes },
    },
  });
}
