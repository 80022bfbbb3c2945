import { EntitySchema } from 'typeorm';
import type { ColumnTypes } from './column-types.js';

/** The schema of a type as it was when objects of it were last written. */
export interface TypeSchemaRow {
  group: string;
  kind: string;
  version: string;
  hash: string;
  /** JSON text. */
  schema: string;
}

export function typeSchemaEntity(types: ColumnTypes): EntitySchema<TypeSchemaRow> {
  return new EntitySchema<TypeSchemaRow>({
    name: 'type_schema',
    columns: {
      group: { ...types.text, name: 'api_group', primary: true, primaryKeyConstraintName: 'type_schema_pk' },
      kind: { ...types.text, primary: true, primaryKeyConstraintName: 'type_schema_pk' },
      version: { ...types.text, primary: true, primaryKeyConstraintName: 'type_schema_pk' },
      hash: { ...types.text },
      schema: { ...types.text },
    },
  });
}
