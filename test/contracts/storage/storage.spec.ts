import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_TYPES } from '../../../src/storage/typeorm/entities/column-types.js';
import { entitiesFor, MIGRATIONS } from '../../../src/storage/typeorm/prepare-tables.js';
import { findPostgres, type PostgresServer, startPostgres } from '../../support/postgres.js';
import { describeStorage } from './storage.contract.js';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describeStorage('storage in an SQLite file', {
  durable: true,
  shared: false,
  async newUrl() {
    const folder = await mkdtemp(join(tmpdir(), 'kubenest-storage-'));
    folders.push(folder);
    return `sqlite:${join(folder, 'data.db')}`;
  },
});

describeStorage('storage in memory', { durable: false, shared: false, newUrl: async () => 'sqlite::memory:' });

const binaries = findPostgres();
if (binaries === undefined) {
  console.log('storage in PostgreSQL: skipped because PostgreSQL is not installed');
} else {
  describe('with a PostgreSQL server', () => {
    let server: PostgresServer;

    beforeAll(async () => {
      server = await startPostgres(binaries);
    });

    afterAll(() => server.stop());

    it('has migrations that make exactly the tables the entities describe', async () => {
      const source = new DataSource({
        type: 'postgres',
        url: await server.createDatabase(),
        entities: entitiesFor(POSTGRES_TYPES),
        migrations: MIGRATIONS,
      });
      await source.initialize();
      await source.runMigrations();
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      await source.destroy();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    });

    describeStorage('storage in PostgreSQL', { durable: true, shared: true, newUrl: () => server.createDatabase() });
  });
}
