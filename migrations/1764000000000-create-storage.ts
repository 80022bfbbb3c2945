import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

/** The tables of data format 1: current objects, the log of changes, type schemas and what describes the data. */
export class CreateStorage1764000000000 implements MigrationInterface {
  readonly name = 'CreateStorage1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const postgres = runner.connection.options.type === 'postgres';
    const revision = postgres ? 'bigint' : 'integer';
    const bytes = postgres ? 'bytea' : 'blob';
    // Keys are ordered by their bytes on both databases.
    const text = postgres ? { type: 'text', collation: 'C' } : { type: 'text' };

    await runner.createTable(
      new Table({
        name: 'stored_object',
        columns: [
          { name: 'collection', ...text, isPrimary: true, primaryKeyConstraintName: 'stored_object_pk' },
          { name: 'key', ...text, isPrimary: true, primaryKeyConstraintName: 'stored_object_pk' },
          { name: 'namespace', ...text },
          { name: 'name', ...text },
          { name: 'revision', type: revision },
          { name: 'value', type: bytes },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'revision_log',
        columns: [
          { name: 'revision', type: revision, isPrimary: true, primaryKeyConstraintName: 'revision_log_pk' },
          { name: 'collection', ...text },
          { name: 'key', ...text },
          { name: 'type', type: 'smallint' },
          { name: 'previous_revision', type: revision, isNullable: true },
          { name: 'previous_value', type: bytes, isNullable: true },
        ],
      }),
    );
    await runner.createIndex(
      'revision_log',
      new TableIndex({ name: 'revision_log_collection_revision', columnNames: ['collection', 'revision'] }),
    );
    await runner.createTable(
      new Table({
        name: 'type_schema',
        columns: [
          { name: 'api_group', ...text, isPrimary: true, primaryKeyConstraintName: 'type_schema_pk' },
          { name: 'kind', ...text, isPrimary: true, primaryKeyConstraintName: 'type_schema_pk' },
          { name: 'version', ...text, isPrimary: true, primaryKeyConstraintName: 'type_schema_pk' },
          { name: 'hash', ...text },
          { name: 'schema', ...text },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'storage_meta',
        columns: [
          { name: 'name', ...text, isPrimary: true, primaryKeyConstraintName: 'storage_meta_pk' },
          { name: 'value', ...text },
        ],
      }),
    );
    await runner.query(
      `INSERT INTO storage_meta (name, value) VALUES ('data_format', '1'), ('compacted_revision', '0')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['storage_meta', 'type_schema', 'revision_log', 'stored_object']) await runner.dropTable(table);
  }
}
