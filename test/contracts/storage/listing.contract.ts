import { beforeEach, describe, expect, it } from 'vitest';
import type { ListQuery } from '../../../src/storage/storage.js';
import { create, keys, list, refusal, remove, update } from './fixture.js';
import type { Scene } from './scene.js';

/** Lists of now and of before, by scope and selection. */
export function describeListing(scene: Scene): void {
  describe('listing', () => {
    const names = ['a/1', 'a/2', 'a-b/1', 'b/1', 'b/2', 'b/3'];

    beforeEach(async () => {
      for (const key of [...names].reverse()) {
        await create(scene.maps, key, {
          labels: { place: key.slice(0, 1), n: key.slice(-1) },
          node: `node-${key.slice(-1)}`,
        });
      }
    });

    it('orders by key and says the revision', async () => {
      const { items, revision, more, remaining } = await list(scene.maps);
      expect(keys(items)).toEqual(['a-b/1', 'a/1', 'a/2', 'b/1', 'b/2', 'b/3']);
      expect({ revision, more, remaining }).toEqual({
        revision: scene.storage.revision,
        more: false,
        remaining: undefined,
      });
    });

    it('lists one namespace, one object, and one name everywhere', async () => {
      expect(keys((await list(scene.maps, { namespace: 'a' })).items)).toEqual(['a/1', 'a/2']);
      expect(keys((await list(scene.maps, { namespace: 'b', name: '2' })).items)).toEqual(['b/2']);
      expect(keys((await list(scene.maps, { name: '2' })).items)).toEqual(['a/2', 'b/2']);
      expect((await list(scene.maps, { namespace: 'none' })).items).toEqual([]);
    });

    it('counts everything and by namespace', () => {
      expect([
        scene.maps.count(),
        scene.maps.count('a'),
        scene.maps.count('a-b'),
        scene.maps.count('b'),
        scene.maps.count('c'),
      ]).toEqual([6, 2, 1, 3, 0]);
    });

    it('pages with what remains', async () => {
      const first = await list(scene.maps, { limit: 2 });
      expect([keys(first.items), first.more, first.remaining]).toEqual([['a-b/1', 'a/1'], true, 4]);
      const second = await list(scene.maps, { limit: 4, after: 'a/1' });
      expect([keys(second.items), second.more]).toEqual([['a/2', 'b/1', 'b/2', 'b/3'], false]);
    });

    it('pages inside a namespace', async () => {
      const page = await list(scene.maps, { namespace: 'b', limit: 1, after: 'b/1' });
      expect([keys(page.items), page.more, page.remaining]).toEqual([['b/2'], true, 1]);
    });

    it('knows no remaining count where a condition decides', async () => {
      const page = await list(scene.maps, { limit: 1, matches: ({ namespace }) => namespace === 'b' });
      expect([keys(page.items), page.more, page.remaining]).toEqual([['b/1'], true, undefined]);
    });

    it('selects by exact labels and fields', async () => {
      const query: ListQuery = {
        exactLabels: [{ key: 'place', value: 'b' }],
        exactFields: [{ key: 'node', value: 'node-2' }],
      };
      for (let i = 0; i < 3; i++) expect(keys((await list(scene.maps, query)).items)).toEqual(['b/2']);
    });

    it('shows exactly the state of an earlier revision', async () => {
      const before = scene.storage.revision;
      await update(scene.maps, 'a/1', { data: 'changed' });
      await remove(scene.maps, 'a/2');
      await create(scene.maps, 'a/3');
      const then = await list(scene.maps, { revision: before });
      expect(keys(then.items)).toEqual(['a-b/1', 'a/1', 'a/2', 'b/1', 'b/2', 'b/3']);
      expect(then.items[1]!.decode()['data']).toBe('');
      expect(then.revision).toBe(before);
      expect(keys((await list(scene.maps, { revision: before + 2, namespace: 'a' })).items)).toEqual(['a/1']);
    });

    it('continues a paged list in the state it began with while writes go on', async () => {
      const first = await list(scene.maps, { limit: 2 });
      await remove(scene.maps, 'b/1');
      await create(scene.maps, 'a/0');
      await create(scene.maps, 'c/1');
      const rest = await list(scene.maps, { limit: 2, after: 'a/1', revision: first.revision });
      expect([keys(rest.items), rest.more, rest.remaining]).toEqual([['a/2', 'b/1'], true, 2]);
    });

    it('refuses a revision that is still to come', async () => {
      expect(await refusal(() => list(scene.maps, { revision: scene.storage.revision + 1 }))).toEqual({
        code: 'FutureRevision',
        revision: scene.storage.revision,
      });
    });
  });

  it('finds by index what a scan finds, while objects come, change and go', async () => {
    const color = (i: number) => ['red', 'green', 'blue'][i % 3]!;
    for (let i = 0; i < 300; i++) void create(scene.maps, `n${i % 5}/${i}`, { labels: { color: color(i) } });
    await create(scene.maps, 'z/last');
    const query = (value: string): ListQuery => ({ exactLabels: [{ key: 'color', value }] });
    const scan = (value: string): ListQuery => ({
      matches: ({ attributes }) => attributes.labels['color'] === value,
    });
    const compare = async () => {
      for (const value of ['red', 'green', 'blue', 'none']) {
        const expected = keys((await list(scene.maps, scan(value))).items);
        expect(keys((await list(scene.maps, query(value))).items)).toEqual(expected);
      }
      const some = await list(scene.maps, { ...query('red'), namespace: 'n1', limit: 3 });
      expect(keys(some.items)).toEqual(
        keys((await list(scene.maps, { ...scan('red'), namespace: 'n1', limit: 3 })).items),
      );
      expect(some.more).toBe(true);
    };
    await compare();
    const before = scene.storage.revision;
    for (let i = 0; i < 60; i++) await update(scene.maps, `n${i % 5}/${i}`, { labels: { color: color(i + 1) } });
    for (let i = 60; i < 90; i++) await remove(scene.maps, `n${i % 5}/${i}`);
    await compare();
    expect((await list(scene.maps, { ...query('red'), revision: before })).items).toHaveLength(100);
  });
}
