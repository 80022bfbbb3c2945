import type { EntitySchemaColumnOptions } from 'typeorm';

/** The types that the two databases name differently. */
export interface ColumnTypes {
  readonly revision: EntitySchemaColumnOptions['type'];
  readonly bytes: EntitySchemaColumnOptions['type'];
  /** Orders by bytes on both. */
  readonly text: Pick<EntitySchemaColumnOptions, 'type' | 'collation'>;
}

export const SQLITE_TYPES: ColumnTypes = { revision: 'integer', bytes: 'blob', text: { type: 'text' } };
export const POSTGRES_TYPES: ColumnTypes = {
  revision: 'bigint',
  bytes: 'bytea',
  text: { type: 'text', collation: 'C' },
};
