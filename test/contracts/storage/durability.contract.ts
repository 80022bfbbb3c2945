import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, create, list, Recorder, remove, StoragePlace, update } from './fixture.js';
import type { StorageContract } from './scene.js';

/** What outlives a storage. */
export function describeDurability(contract: StorageContract): void {
  describe('across a restart', () => {
    let place: StoragePlace;

    beforeEach(async () => {
      place = new StoragePlace(await contract.newUrl());
    });

    afterEach(() => place.close());

    it('has every object, revision and attribute again', async () => {
      const maps = await (await place.start()).open(CONFIG_MAPS);
      await Promise.all(
        Array.from({ length: 300 }, (_, i) => create(maps, `n${i % 7}/${i}`, { labels: { i: `${i % 10}` } })),
      );
      await remove(maps, 'n0/0');
      const before = await list(maps);
      await place.close();
      const storage = await place.start();
      const again = await storage.open(CONFIG_MAPS);
      const after = await list(again);
      expect(after.items.map(({ key, revision, json }) => [key, revision, json.toString()])).toEqual(
        before.items.map(({ key, revision, json }) => [key, revision, json.toString()]),
      );
      expect(storage.revision).toBe(302);
      expect(again.get('n1/1')).toMatchObject({ namespace: 'n1', name: '1', attributes: { labels: { i: '1' } } });
      expect((await list(again, { exactLabels: [{ key: 'i', value: '3' }] })).items).toHaveLength(30);
    });

    it('resumes watches and exact lists', async () => {
      const maps = await (await place.start()).open(CONFIG_MAPS);
      await create(maps, 'a/one', { data: '1' });
      await update(maps, 'a/one', { data: '2' });
      await remove(maps, 'a/one');
      await create(maps, 'a/one', { data: '3' });
      const live = new Recorder();
      maps.watch(live.query(1));
      const exact = (await list(maps, { revision: 3 })).items[0]!.json.toString();
      await place.close();
      const again = await (await place.start()).open(CONFIG_MAPS);
      const resumed = new Recorder();
      again.watch(resumed.query(1));
      const shape = ({ events }: Recorder) =>
        events.map(({ type, revision, object, previous }) => [type, revision, `${object.json}`, `${previous?.json}`]);
      expect(shape(resumed)).toEqual(shape(live));
      expect((await list(again, { revision: 3 })).items[0]!.json.toString()).toBe(exact);
    });

    it('never uses a revision twice, even when the last change was a deletion and is compacted', async () => {
      const storage = await place.start();
      const maps = await storage.open(CONFIG_MAPS);
      await create(maps, 'a/one');
      await remove(maps, 'a/one');
      await storage.compact(storage.revision);
      await place.close();
      const again = await place.start();
      expect([again.revision, again.compactedRevision]).toEqual([3, 3]);
      expect((await create(await again.open(CONFIG_MAPS), 'a/one')).revision).toBe(4);
    });

    it('refuses a second server on the same data and says what to do', async () => {
      await place.start();
      await expect(new StoragePlace(place.url).start({ limits: { lockTimeoutMs: 50 } })).rejects.toThrow(/another/);
    });
  });
}
