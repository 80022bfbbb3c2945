import { describe, expect, it } from 'vitest';
import { CONFIG_MAPS, create, keys, NODES, Recorder, remove, update } from './fixture.js';
import type { Scene } from './scene.js';

/** Live watches. */
export function describeWatching(scene: Scene): void {
  describe('watching', () => {
    it('delivers the history first and then each change with what was before', async () => {
      await create(scene.maps, 'a/one', { data: '1' });
      const recorder = new Recorder();
      scene.maps.watch(recorder.query(1));
      expect(recorder.summary).toEqual(['ADDED a/one']);
      await update(scene.maps, 'a/one', { data: '2' });
      await remove(scene.maps, 'a/one');
      expect(recorder.summary).toEqual(['ADDED a/one', 'MODIFIED a/one', 'DELETED a/one']);
      expect(recorder.revisions).toEqual([2, 3, 4]);
      expect(recorder.events.map(({ previous }) => previous?.revision)).toEqual([undefined, 2, 3]);
      expect(recorder.events[2]!.object.decode()).toMatchObject({ data: '2', metadata: { resourceVersion: '4' } });
    });

    it('has delivered an event before the write is answered', async () => {
      const recorder = new Recorder();
      scene.maps.watch(recorder.query(scene.storage.revision));
      const made = await create(scene.maps, 'a/one');
      expect(recorder.revisions).toEqual([made.revision]);
    });

    it('brings several changes of one commit in one call', async () => {
      const recorder = new Recorder();
      scene.maps.watch(recorder.query(1));
      await Promise.all(['a/1', 'a/2', 'a/3'].map((key) => create(scene.maps, key)));
      expect(recorder.calls).toEqual([3]);
    });

    it('shows each watch only what it is about', async () => {
      const nodes = await scene.storage.open(NODES);
      const scopes = [{}, { namespace: 'a' }, { namespace: 'a', name: 'one' }, { name: 'one' }];
      const recorders = scopes.map((scope) => {
        const recorder = new Recorder();
        scene.maps.watch(recorder.query(1, scope));
        return recorder;
      });
      const node = new Recorder();
      nodes.watch(node.query(1, { name: 'n1' }));
      await Promise.all([
        ...['a/one', 'a/two', 'b/one'].map((key) => create(scene.maps, key)),
        create(nodes, 'n1'),
        create(nodes, 'n2'),
      ]);
      expect(recorders.map(({ events }) => keys(events.map(({ object }) => object)))).toEqual([
        ['a/one', 'a/two', 'b/one'],
        ['a/one', 'a/two'],
        ['a/one'],
        ['a/one', 'b/one'],
      ]);
      expect(node.summary).toEqual(['ADDED n1']);
    });

    it('stops at once, also from inside a delivery', async () => {
      const recorder = new Recorder();
      const watch = scene.maps.watch({
        ...recorder.query(1),
        onEvents: (events) => {
          recorder.events.push(...events);
          watch.stop();
        },
      });
      await create(scene.maps, 'a/one');
      await create(scene.maps, 'a/two');
      watch.stop();
      expect(recorder.summary).toEqual(['ADDED a/one']);
      expect(recorder.ended).toBe(0);
    });

    it('gives a watch opened inside a delivery every event once', async () => {
      const inner = new Recorder();
      const outer = new Recorder();
      const query = outer.query(1);
      scene.maps.watch({
        ...query,
        onEvents: (events) => {
          query.onEvents(events);
          if (outer.calls.length === 1) scene.maps.watch(inner.query(1));
        },
      });
      await create(scene.maps, 'a/one');
      await create(scene.maps, 'a/two');
      expect(inner.summary).toEqual(['ADDED a/one', 'ADDED a/two']);
    });

    it('ends only the watch whose callback throws', async () => {
      const good = new Recorder();
      const bad = new Recorder();
      scene.maps.watch({
        ...bad.query(1),
        onEvents: () => {
          throw new Error('no');
        },
      });
      scene.maps.watch(good.query(1));
      await create(scene.maps, 'a/one');
      await create(scene.maps, 'a/two');
      expect([good.summary, bad.ended]).toEqual([['ADDED a/one', 'ADDED a/two'], 1]);
    });

    it('loses and repeats nothing under concurrent writes, wherever it starts', async () => {
      const recorders: Recorder[] = [];
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 25; i++) {
          await create(scene.maps, `w${writer}/${i}`);
          if (i % 5 === 0) {
            const recorder = new Recorder();
            recorders.push(recorder);
            scene.maps.watch(recorder.query(writer * 10 + 1));
          }
        }
      });
      await Promise.all(writers);
      for (const recorder of recorders) {
        const first = recorder.revisions[0]!;
        expect(recorder.revisions).toEqual(Array.from({ length: 202 - first }, (_, i) => first + i));
      }
      expect(recorders).toHaveLength(40);
    });

    it('ends when its collection is closed or the storage stops', async () => {
      const nodes = await scene.storage.open(NODES);
      const [one, two] = [new Recorder(), new Recorder()];
      scene.maps.watch(one.query(1));
      nodes.watch(two.query(1));
      await scene.storage.close(CONFIG_MAPS.collection);
      expect([one.ended, two.ended]).toEqual([1, 0]);
      await scene.storage.stop();
      expect([one.ended, two.ended]).toEqual([1, 1]);
    });
  });
}
