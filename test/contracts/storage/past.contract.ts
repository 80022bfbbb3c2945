import { beforeEach, describe, expect, it } from 'vitest';
import type { Collection } from '../../../src/storage/storage.js';
import { CONFIG_MAPS, create, list, Recorder, refusal, remove, update } from './fixture.js';
import type { Scene } from './scene.js';

/** What memory has forgotten and the log still knows, and what nobody knows any more. */
export function describePast(scene: Scene): void {
  describe('beyond the history in memory', () => {
    let small: Collection;

    beforeEach(async () => {
      await scene.place.close();
      scene.storage = await scene.place.start({ limits: { historyEventsMax: 5 } });
      small = await scene.storage.open(CONFIG_MAPS);
    });

    it('lists exactly and pages from the log', async () => {
      const states: string[][] = [];
      const first = scene.storage.revision;
      for (let i = 0; i < 30; i++) {
        if (small.get(`a/${i % 4}`) === undefined) await create(small, `a/${i % 4}`, { data: `${i}` });
        else if (i % 7 === 4) await remove(small, `a/${i % 4}`);
        else await update(small, `a/${i % 4}`, { data: `${i}` });
        states.push((await list(small)).items.map((object) => `${object.key}=${object.decode()['data']}`));
      }
      for (const [at, expected] of states.entries()) {
        const page = await list(small, { revision: first + 1 + at });
        expect(page.items.map((object) => `${object.key}=${object.decode()['data']}`)).toEqual(expected);
      }
    });

    it('resumes a watch from the log while writes go on', async () => {
      const first = scene.storage.revision;
      for (let i = 0; i < 40; i++) await create(small, `a/${i}`);
      const recorder = new Recorder();
      small.watch(recorder.query(first));
      for (let i = 40; i < 80; i++) await create(small, `a/${i}`);
      await expect.poll(() => recorder.events.length).toBe(80);
      expect(recorder.revisions).toEqual(Array.from({ length: 80 }, (_, i) => first + 1 + i));
      expect(recorder.events.every(({ object, revision }) => object.revision === revision)).toBe(true);
    });

    it('delivers nothing more once such a watch is stopped', async () => {
      const first = scene.storage.revision;
      for (let i = 0; i < 20; i++) await create(small, `a/${i}`);
      const recorder = new Recorder();
      small.watch(recorder.query(first)).stop();
      await create(small, 'a/last');
      expect(recorder.events).toEqual([]);
    });
  });

  describe('compaction', () => {
    beforeEach(async () => {
      await create(scene.maps, 'a/one', { data: '1' });
      for (let i = 2; i <= 10; i++) await update(scene.maps, 'a/one', { data: String(i) });
      await scene.storage.compact(6);
    });

    it('refuses what lies before it and serves what lies after', async () => {
      expect(scene.storage.compactedRevision).toBe(6);
      expect(await refusal(() => list(scene.maps, { revision: 5 }))).toEqual({ code: 'Compacted', revision: 6 });
      expect(await refusal(() => scene.maps.watch(new Recorder().query(5)))).toEqual({
        code: 'Compacted',
        revision: 6,
      });
      expect((await list(scene.maps, { revision: 6 })).items[0]!.decode()['data']).toBe('5');
      const recorder = new Recorder();
      scene.maps.watch(recorder.query(6));
      expect(recorder.revisions).toEqual([7, 8, 9, 10, 11]);
    });

    it('keeps current objects and the counter when everything is compacted', async () => {
      await scene.storage.compact(scene.storage.revision);
      expect(scene.maps.get('a/one')!.decode()['data']).toBe('10');
      expect((await update(scene.maps, 'a/one', { data: 'next' })).revision).toBe(12);
    });
  });

  it('compacts what is older than the retention, by itself', async () => {
    await scene.place.close();
    scene.storage = await scene.place.start({ compaction: { intervalMs: 100, retentionMs: 300 } });
    scene.maps = await scene.storage.open(CONFIG_MAPS);
    await create(scene.maps, 'a/one');
    const { revision } = await update(scene.maps, 'a/one', { data: 'x' });
    expect(scene.storage.compactedRevision).toBeLessThan(revision);
    await expect.poll(() => scene.storage.compactedRevision, { timeout: 5_000 }).toBe(revision);
  });
}
