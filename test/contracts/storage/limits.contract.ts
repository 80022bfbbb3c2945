import { describe, expect, it } from 'vitest';
import { CONFIG_MAPS, create, refusal, remove } from './fixture.js';
import type { Scene } from './scene.js';

/** What is too big or too much. */
export function describeLimits(scene: Scene): void {
  describe('limits', () => {
    it('refuses values above valueBytesMax', async () => {
      await scene.place.close();
      const small = await (await scene.place.start({ limits: { valueBytesMax: 1_000 } })).open(CONFIG_MAPS);
      expect(await refusal(() => create(small, 'a/big', { data: 'x'.repeat(1_000) }))).toMatchObject({
        code: 'LimitExceeded',
      });
      expect((await create(small, 'a/small')).key).toBe('a/small');
    });

    it('refuses writes beyond writeQueueMax and accepts them again afterwards', async () => {
      await scene.place.close();
      const tight = await (await scene.place.start({ limits: { writeQueueMax: 3 } })).open(CONFIG_MAPS);
      const results = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => create(tight, `a/${i}`)));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(['Busy', 'Busy']);
      expect((await create(tight, 'a/later')).key).toBe('a/later');
    });

    it('splits what exceeds one transaction over several', async () => {
      await scene.place.close();
      const batches: number[] = [];
      const observer = { committed: (rows: number) => batches.push(rows) };
      const small = await (await scene.place.start({ limits: { batchRowsMax: 10 }, observer })).open(CONFIG_MAPS);
      await Promise.all(Array.from({ length: 35 }, (_, i) => create(small, `a/${i}`)));
      expect(batches).toEqual([10, 10, 10, 5]);
      expect(small.count()).toBe(35);
    });

    it('writes batches of hundreds of rows', async () => {
      await Promise.all(Array.from({ length: 700 }, (_, i) => create(scene.maps, `a/${i}`)));
      await Promise.all(Array.from({ length: 700 }, (_, i) => remove(scene.maps, `a/${i}`)));
      expect([scene.maps.count(), scene.storage.revision]).toEqual([0, 1_401]);
    });
  });
}
