import { EntitySchema } from 'typeorm';
import type { ColumnTypes } from './column-types.js';

/** What describes the data itself: `data_format`, `compacted_revision`. */
export interface StorageMetaRow {
  name: string;
  value: string;
}

export function storageMetaEntity(types: ColumnTypes): EntitySchema<StorageMetaRow> {
  return new EntitySchema<StorageMetaRow>({
    name: 'storage_meta',
    columns: {
      name: { ...types.text, primary: true, primaryKeyConstraintName: 'storage_meta_pk' },
      value: { ...types.text },
    },
  });
}
