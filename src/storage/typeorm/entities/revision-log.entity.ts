import { EntitySchema } from 'typeorm';
import type { ColumnTypes } from './column-types.js';

/** One change; see LogRow. */
export interface RevisionLogRow {
  revision: number;
  collection: string;
  key: string;
  /** Position in CHANGE_TYPES. */
  type: number;
  previousRevision: number | null;
  previousValue: Buffer | null;
}

export function revisionLogEntity(types: ColumnTypes): EntitySchema<RevisionLogRow> {
  return new EntitySchema<RevisionLogRow>({
    name: 'revision_log',
    columns: {
      revision: { type: types.revision, primary: true, primaryKeyConstraintName: 'revision_log_pk' },
      collection: { ...types.text },
      key: { ...types.text },
      type: { type: 'smallint' },
      previousRevision: { name: 'previous_revision', type: types.revision, nullable: true },
      previousValue: { name: 'previous_value', type: types.bytes, nullable: true },
    },
    indices: [{ name: 'revision_log_collection_revision', columns: ['collection', 'revision'] }],
  });
}
