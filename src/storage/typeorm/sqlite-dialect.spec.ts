import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeContent } from '../content.js';
import { SQLITE_TYPES } from './entities/column-types.js';
import { entitiesFor, MIGRATIONS } from './prepare-tables.js';
import { TypeormStorage } from './typeorm-storage.js';

describe('SqliteDialect', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubenest-sqlite-'));
    file = join(folder, 'data.db');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function query<T>(sql: string): Promise<T[]> {
    const source = new DataSource({ type: 'sqlite', database: file });
    await source.initialize();
    try {
      return (await source.query(sql)) as T[];
    } finally {
      await source.destroy();
    }
  }

  it('has migrations that make exactly the tables its entities describe', async () => {
    const source = new DataSource({
      type: 'sqlite',
      database: file,
      entities: entitiesFor(SQLITE_TYPES),
      migrations: MIGRATIONS,
    });
    await source.initialize();
    await source.runMigrations();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('opens a file with a write-ahead log that is flushed at each commit and can shrink', async () => {
    const storage = new TypeormStorage({ url: `sqlite:${file}` });
    await storage.start();
    await storage.stop();
    expect(await query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await query('PRAGMA auto_vacuum')).toEqual([{ auto_vacuum: 2 }]);
  });

  it('refuses data of a newer format and says what to do', async () => {
    const storage = new TypeormStorage({ url: `sqlite:${file}` });
    await storage.start();
    await storage.stop();
    await query(`UPDATE storage_meta SET value = '2' WHERE name = 'data_format'`);
    await expect(new TypeormStorage({ url: `sqlite:${file}` }).start()).rejects.toThrow(
      'format 2, this version of kubenest understands up to 1: start the newer version',
    );
  });

  it('refuses a file that is no database, and a folder it cannot use', async () => {
    await writeFile(file, 'not a database, but long enough to be looked at as one'.repeat(100));
    await expect(new TypeormStorage({ url: `sqlite:${file}` }).start()).rejects.toThrow(
      'not a usable SQLite database: restore it',
    );
    await expect(new TypeormStorage({ url: `sqlite:${file}/below/data.db` }).start()).rejects.toThrow(
      'check that the folder exists',
    );
  });

  it('says what to do where SQLite cannot read the rows of a collection', async () => {
    const attributes = { labels: {}, fields: {} };
    const options = { collection: '/nodes', namespaced: false, attributesOf: () => attributes };
    const storage = new TypeormStorage({ url: `sqlite:${file}` });
    const nodes = await storage.open(options);
    const names = Array.from({ length: 200 }, (_, i) => `node-${i}`);
    await Promise.all(names.map((name) => nodes.create('', name, encodeContent({ metadata: { name } }, attributes))));
    await storage.stop();
    const bytes = await readFile(file);
    const page = Math.floor(bytes.indexOf('"name":"node-100"') / 4096);
    await writeFile(file, bytes.fill(0xff, page * 4096, page * 4096 + 8));
    const damaged = new TypeormStorage({ url: `sqlite:${file}` });
    await expect(damaged.open(options)).rejects.toThrow(
      /^cannot read what is stored of \/nodes: .*malformed: restore the database from a backup$/,
    );
    await damaged.stop();
  });

  it('gives the space of compacted changes back to the file system', async () => {
    const storage = new TypeormStorage({ url: `sqlite:${file}`, compaction: { intervalMs: 0 } });
    const attributes = { labels: {}, fields: {} };
    const nodes = await storage.open({ collection: '/nodes', namespaced: false, attributesOf: () => attributes });
    const content = encodeContent({ metadata: { name: 'n' }, data: 'x'.repeat(50_000) }, attributes);
    let { revision } = await nodes.create('', 'n', content);
    for (let i = 0; i < 600; i++) ({ revision } = await nodes.update('n', revision, content));
    await storage.compact(revision);
    await storage.stop();
    expect((await stat(file)).size).toBeLessThan(10_000_000);
    expect(await query('SELECT count(*) AS rows FROM revision_log')).toEqual([{ rows: 1 }]);
  });
});
