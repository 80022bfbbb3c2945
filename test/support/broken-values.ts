import { join } from 'node:path';
import sqlite3 from 'sqlite3';

/** Cuts stored values in half, as a fault of the disk might, while nobody else has the file. */
export function breakValues(dataDir: string, ...rows: [collection: string, key: string][]): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(join(dataDir, 'state.db'));
    const fail = (error: Error | null): void => {
      if (error !== null) reject(error);
    };
    database.serialize(() => {
      for (const row of rows) {
        database.run(
          'UPDATE stored_object SET value = substr(value, 1, length(value) / 2) WHERE collection = ? AND key = ?',
          row,
          function (error) {
            if (error === null && this.changes !== 1) fail(new Error(`no row ${row.join(' ')}`));
            else fail(error);
          },
        );
      }
      database.close((error) => (error === null ? resolve() : reject(error)));
    });
  });
}
