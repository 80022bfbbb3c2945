import { join } from 'node:path';
import sqlite3 from 'sqlite3';

/** A row by what stands in it; its new value, or none where the old one is to be cut in half. */
export type BrokenRow = readonly [collection: string, key: string, value?: string];

/** Changes stored values as a fault of the disk or a hand might, while nobody else has the file. */
export function breakValues(dataDir: string, ...rows: readonly BrokenRow[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(join(dataDir, 'state.db'));
    const fail = (error: Error | null): void => {
      if (error !== null) reject(error);
    };
    database.serialize(() => {
      for (const [collection, key, value] of rows) {
        database.run(
          'UPDATE stored_object SET value = coalesce(?, substr(value, 1, length(value) / 2)) WHERE collection = ? AND key = ?',
          [value === undefined ? null : Buffer.from(value), collection, key],
          function (error) {
            if (error === null && this.changes !== 1) fail(new Error(`no row ${collection} ${key}`));
            else fail(error);
          },
        );
      }
      database.close((error) => (error === null ? resolve() : reject(error)));
    });
  });
}
