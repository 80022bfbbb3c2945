import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, create, Recorder, StoragePlace } from '../contracts/storage/fixture.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const WRITERS = 8;

/** @param binaries folder of PostgreSQL's programs */
export function describePostgresCrash(binaries: string): void {
  describe('crash of the PostgreSQL server under a storage that goes on', () => {
    let server: PostgresServer;

    beforeAll(async () => {
      server = await startPostgres(binaries);
    });

    afterAll(() => server.stop());

    it('loses nothing acknowledged, connects again and shows watches every change once', async () => {
      const place = new StoragePlace(await server.createDatabase());
      const storage = await place.start();
      const maps = await storage.open(CONFIG_MAPS);
      const recorder = new Recorder();
      maps.watch(recorder.query(1));
      const acknowledged = new Map<number, string>();
      let refused = 0;
      let writing = true;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let at = 0; writing; at++) {
          try {
            const { key, revision } = await create(maps, `w${writer}/${at}`);
            acknowledged.set(revision, key);
          } catch (error) {
            expect(error).toMatchObject({ code: 'Unavailable' });
            refused++;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      });
      const more = async () => {
        const before = acknowledged.size;
        await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(before + 100);
      };
      await more();
      for (let round = 0; round < 2; round++) {
        await server.crashAndRestart();
        await more();
      }
      writing = false;
      await Promise.all(writers);
      expect(refused).toBeGreaterThan(0);
      expect(recorder.revisions).toEqual(Array.from({ length: storage.revision - 1 }, (_, i) => i + 2));
      for (const [revision, key] of acknowledged) expect(recorder.events[revision - 2]?.object.key).toBe(key);
      const live = (await maps.list({})).items.map(({ key, json }) => `${key} ${json}`);
      await place.close();
      const again = await (await place.start()).open(CONFIG_MAPS);
      expect((await again.list({})).items.map(({ key, json }) => `${key} ${json}`)).toEqual(live);
      await place.close();
    });
  });
}
