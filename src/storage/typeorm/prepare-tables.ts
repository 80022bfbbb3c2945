import type { DataSource, QueryRunner } from 'typeorm';
import { CreateStorage1764000000000 } from '../../../migrations/1764000000000-create-storage.js';
import { StorageError } from '../errors.js';
import { DATA_FORMAT } from './dialect.js';
import type { ColumnTypes } from './entities/column-types.js';
import { revisionLogEntity } from './entities/revision-log.entity.js';
import { storageMetaEntity } from './entities/storage-meta.entity.js';
import { storedObjectEntity } from './entities/stored-object.entity.js';
import { typeSchemaEntity } from './entities/type-schema.entity.js';

/** In order; each runs once a database. */
export const MIGRATIONS = [CreateStorage1764000000000];

export function entitiesFor(types: ColumnTypes) {
  return [storedObjectEntity(types), revisionLogEntity(types), typeSchemaEntity(types), storageMetaEntity(types)];
}

/**
 * Brings the tables to this program's data format.
 * @throws StorageError Unavailable where the data is of a newer format
 */
export async function prepareTables(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await refuseNewerFormat(runner);
  } finally {
    await runner.release();
  }
  await dataSource.runMigrations({ transaction: 'each' });
}

async function refuseNewerFormat(runner: QueryRunner): Promise<void> {
  if (!(await runner.hasTable('storage_meta'))) return;
  const rows = (await runner.query(`SELECT value FROM storage_meta WHERE name = 'data_format'`)) as { value: string }[];
  const found = Number(rows[0]?.value);
  if (found <= DATA_FORMAT) return;
  throw new StorageError(
    'Unavailable',
    `the stored data has format ${rows[0]?.value}, this version of kubenest understands up to ${DATA_FORMAT}: ` +
      'start the newer version that wrote it, or use another data folder or database',
  );
}
