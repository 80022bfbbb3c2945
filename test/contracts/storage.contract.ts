import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collection, ListPage, ListQuery, StoredObject } from '../../src/storage/storage.js';
import type { TypeormStorage } from '../../src/storage/typeorm/typeorm-storage.js';
import {
  CONFIG_MAPS,
  content,
  create,
  NODES,
  Recorder,
  refusal,
  remove,
  StoragePlace,
  update,
} from './storage-fixture.js';

const keys = (objects: readonly StoredObject[]) => objects.map(({ key }) => key);
const list = async (collection: Collection, query: ListQuery = {}): Promise<ListPage> => collection.list(query);

export interface StorageContract {
  /** URL of a place without data. */
  newUrl(): Promise<string>;
  /** Whether data outlives the storage that wrote it. */
  readonly durable: boolean;
}

/** What every kind of storage must do. */
export function describeStorage(title: string, contract: StorageContract): void {
  describe(title, () => {
    let place: StoragePlace;
    let storage: TypeormStorage;
    let maps: Collection;

    beforeEach(async () => {
      place = new StoragePlace(await contract.newUrl());
      storage = await place.start();
      maps = await storage.open(CONFIG_MAPS);
    });

    afterEach(() => place.close());

    describe('writing', () => {
      it('begins at revision 1 and gives every write the next one', async () => {
        expect(storage.revision).toBe(1);
        const made = await create(maps, 'a/one', { data: 'x' });
        expect(made.revision).toBe(2);
        expect((await update(maps, 'a/one', { data: 'y' })).revision).toBe(3);
        expect((await remove(maps, 'a/one')).revision).toBe(4);
        expect([storage.revision, maps.lastRevision]).toEqual([4, 4]);
      });

      it('returns what it stored with the resourceVersion in it', async () => {
        const made = await create(maps, 'a/one', { data: 'x', labels: { app: 'web' } });
        expect(made).toMatchObject({ collection: '/configmaps', key: 'a/one', namespace: 'a', name: 'one' });
        expect(made.decode()).toMatchObject({ metadata: { name: 'one', resourceVersion: '2' }, data: 'x' });
        expect(made.attributes.labels).toEqual({ app: 'web' });
        expect(maps.get('a/one')).toBe(made);
      });

      it('stamps a deleted object with the revision of its deletion', async () => {
        await create(maps, 'a/one', { data: 'x' });
        const gone = await remove(maps, 'a/one');
        expect(gone.decode()).toMatchObject({ metadata: { resourceVersion: '3' }, data: 'x' });
        expect(maps.get('a/one')).toBeUndefined();
      });

      it('refuses to create what exists, to change what does not, and to replace another revision', async () => {
        const { revision } = await create(maps, 'a/one');
        expect(await refusal(() => create(maps, 'a/one'))).toEqual({ code: 'KeyExists', revision });
        expect(await refusal(() => maps.update('a/two', 2, content('a', 'two')))).toMatchObject({
          code: 'KeyNotFound',
        });
        expect(await refusal(() => maps.delete('a/two', 2))).toMatchObject({ code: 'KeyNotFound' });
        expect(await refusal(() => maps.update('a/one', 77, content('a', 'one')))).toEqual({
          code: 'RevisionMismatch',
          revision,
        });
        expect(await refusal(() => maps.delete('a/one', 77))).toEqual({ code: 'RevisionMismatch', revision });
        expect(storage.revision).toBe(revision);
      });

      it('lets exactly one of many racing writers win each revision', async () => {
        await create(maps, 'a/counter', { data: '0' });
        let conflicts = 0;
        const increment = async () => {
          for (;;) {
            const seen = maps.get('a/counter')!;
            const next = content('a', 'counter', { data: String(Number(seen.decode()['data']) + 1) });
            try {
              return await maps.update('a/counter', seen.revision, next);
            } catch (error) {
              expect(error).toMatchObject({ code: 'RevisionMismatch' });
              conflicts++;
            }
          }
        };
        await Promise.all(Array.from({ length: 20 }, increment));
        expect(maps.get('a/counter')!.decode()['data']).toBe('20');
        expect(conflicts).toBeGreaterThan(0);
        expect(storage.revision).toBe(22);
      });

      it('answers calls that fail in a batch alone and wastes no revision on them', async () => {
        const results = await Promise.allSettled(
          ['a/one', 'a/two', 'a/one', 'a/three'].map((key, at) => create(maps, key, { data: String(at) })),
        );
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
        expect(maps.get('a/one')!.decode()['data']).toBe('0');
        expect(storage.revision).toBe(4);
      });

      it('takes several changes of one key in one batch in their order', async () => {
        const { revision } = await create(maps, 'a/one', { data: 'old' });
        const results = await Promise.allSettled([
          maps.delete('a/one', revision),
          create(maps, 'a/one', { data: 'new' }),
        ]);
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
        expect(maps.get('a/one')!.decode()).toMatchObject({ data: 'new', metadata: { resourceVersion: '4' } });
        const { items } = await list(maps, { revision: 3 });
        expect(items).toEqual([]);
      });

      it('fails only the call whose content cannot be encoded', async () => {
        const broken = {
          attributes: { labels: {}, fields: {} },
          text: () => {
            throw new Error('no text');
          },
        };
        const results = await Promise.allSettled([maps.create('a', 'bad', broken), create(maps, 'a/good')]);
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      });

      it('keeps bytes beyond ASCII and big values', async () => {
        const data = `${'é漢😀'.repeat(100)}${'x'.repeat(300_000)}`;
        await create(maps, 'a/big', { data });
        expect(maps.get('a/big')!.decode()['data']).toBe(data);
      });
    });

    describe('limits', () => {
      it('refuses values above valueBytesMax', async () => {
        await place.close();
        const small = await (await place.start({ limits: { valueBytesMax: 1_000 } })).open(CONFIG_MAPS);
        expect(await refusal(() => create(small, 'a/big', { data: 'x'.repeat(1_000) }))).toMatchObject({
          code: 'LimitExceeded',
        });
        expect((await create(small, 'a/small')).key).toBe('a/small');
      });

      it('refuses writes beyond writeQueueMax and accepts them again afterwards', async () => {
        await place.close();
        const tight = await (await place.start({ limits: { writeQueueMax: 3 } })).open(CONFIG_MAPS);
        const results = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => create(tight, `a/${i}`)));
        const refused = results.filter((result) => result.status === 'rejected');
        expect(refused.map(({ reason }) => reason.code)).toEqual(['Busy', 'Busy']);
        expect((await create(tight, 'a/later')).key).toBe('a/later');
      });

      it('splits what exceeds one transaction over several', async () => {
        await place.close();
        const batches: number[] = [];
        const observer = { committed: (rows: number) => batches.push(rows) };
        const maps = await (await place.start({ limits: { batchRowsMax: 10 }, observer })).open(CONFIG_MAPS);
        await Promise.all(Array.from({ length: 35 }, (_, i) => create(maps, `a/${i}`)));
        expect(batches).toEqual([10, 10, 10, 5]);
        expect(maps.count()).toBe(35);
      });

      it('writes batches of hundreds of rows', async () => {
        await Promise.all(Array.from({ length: 700 }, (_, i) => create(maps, `a/${i}`)));
        await Promise.all(Array.from({ length: 700 }, (_, i) => remove(maps, `a/${i}`)));
        expect([maps.count(), storage.revision]).toEqual([0, 1_401]);
      });
    });

    describe('listing', () => {
      const names = ['a/1', 'a/2', 'a-b/1', 'b/1', 'b/2', 'b/3'];

      beforeEach(async () => {
        for (const key of [...names].reverse()) {
          await create(maps, key, {
            labels: { place: key.slice(0, 1), n: key.slice(-1) },
            node: `node-${key.slice(-1)}`,
          });
        }
      });

      it('orders by key and says the revision', async () => {
        const { items, revision, more, remaining } = await list(maps);
        expect(keys(items)).toEqual(['a-b/1', 'a/1', 'a/2', 'b/1', 'b/2', 'b/3']);
        expect({ revision, more, remaining }).toEqual({
          revision: storage.revision,
          more: false,
          remaining: undefined,
        });
      });

      it('lists one namespace, one object, and one name everywhere', async () => {
        expect(keys((await list(maps, { namespace: 'a' })).items)).toEqual(['a/1', 'a/2']);
        expect(keys((await list(maps, { namespace: 'b', name: '2' })).items)).toEqual(['b/2']);
        expect(keys((await list(maps, { name: '2' })).items)).toEqual(['a/2', 'b/2']);
        expect((await list(maps, { namespace: 'none' })).items).toEqual([]);
      });

      it('counts everything and by namespace', () => {
        expect([maps.count(), maps.count('a'), maps.count('a-b'), maps.count('b'), maps.count('c')]).toEqual([
          6, 2, 1, 3, 0,
        ]);
      });

      it('pages with what remains', async () => {
        const first = await list(maps, { limit: 2 });
        expect([keys(first.items), first.more, first.remaining]).toEqual([['a-b/1', 'a/1'], true, 4]);
        const second = await list(maps, { limit: 4, after: 'a/1' });
        expect([keys(second.items), second.more]).toEqual([['a/2', 'b/1', 'b/2', 'b/3'], false]);
      });

      it('pages inside a namespace', async () => {
        const page = await list(maps, { namespace: 'b', limit: 1, after: 'b/1' });
        expect([keys(page.items), page.more, page.remaining]).toEqual([['b/2'], true, 1]);
      });

      it('knows no remaining count where a condition decides', async () => {
        const page = await list(maps, { limit: 1, matches: ({ namespace }) => namespace === 'b' });
        expect([keys(page.items), page.more, page.remaining]).toEqual([['b/1'], true, undefined]);
      });

      it('selects by exact labels and fields', async () => {
        const query: ListQuery = {
          exactLabels: [{ key: 'place', value: 'b' }],
          exactFields: [{ key: 'node', value: 'node-2' }],
        };
        for (let i = 0; i < 3; i++) expect(keys((await list(maps, query)).items)).toEqual(['b/2']);
      });

      it('shows exactly the state of an earlier revision', async () => {
        const before = storage.revision;
        await update(maps, 'a/1', { data: 'changed' });
        await remove(maps, 'a/2');
        await create(maps, 'a/3');
        const then = await list(maps, { revision: before });
        expect(keys(then.items)).toEqual(['a-b/1', 'a/1', 'a/2', 'b/1', 'b/2', 'b/3']);
        expect(then.items[1]!.decode()['data']).toBe('');
        expect(then.revision).toBe(before);
        expect(keys((await list(maps, { revision: before + 2, namespace: 'a' })).items)).toEqual(['a/1']);
      });

      it('continues a paged list in the state it began with while writes go on', async () => {
        const first = await list(maps, { limit: 2 });
        await remove(maps, 'b/1');
        await create(maps, 'a/0');
        await create(maps, 'c/1');
        const rest = await list(maps, { limit: 2, after: 'a/1', revision: first.revision });
        expect([keys(rest.items), rest.more, rest.remaining]).toEqual([['a/2', 'b/1'], true, 2]);
      });

      it('refuses a revision that is still to come', async () => {
        expect(await refusal(() => list(maps, { revision: storage.revision + 1 }))).toEqual({
          code: 'FutureRevision',
          revision: storage.revision,
        });
      });
    });

    it('finds by index what a scan finds, while objects come, change and go', async () => {
      const color = (i: number) => ['red', 'green', 'blue'][i % 3]!;
      for (let i = 0; i < 300; i++) void create(maps, `n${i % 5}/${i}`, { labels: { color: color(i) } });
      await create(maps, 'z/last');
      const query = (value: string): ListQuery => ({ exactLabels: [{ key: 'color', value }] });
      const scan = (value: string): ListQuery => ({
        matches: ({ attributes }) => attributes.labels['color'] === value,
      });
      const compare = async () => {
        for (const value of ['red', 'green', 'blue', 'none']) {
          const expected = keys((await list(maps, scan(value))).items);
          expect(keys((await list(maps, query(value))).items)).toEqual(expected);
        }
        const some = await list(maps, { ...query('red'), namespace: 'n1', limit: 3 });
        expect(keys(some.items)).toEqual(keys((await list(maps, { ...scan('red'), namespace: 'n1', limit: 3 })).items));
        expect(some.more).toBe(true);
      };
      await compare();
      const before = storage.revision;
      for (let i = 0; i < 60; i++) await update(maps, `n${i % 5}/${i}`, { labels: { color: color(i + 1) } });
      for (let i = 60; i < 90; i++) await remove(maps, `n${i % 5}/${i}`);
      await compare();
      expect((await list(maps, { ...query('red'), revision: before })).items).toHaveLength(100);
    });

    describe('watching', () => {
      it('delivers the history first and then each change with what was before', async () => {
        await create(maps, 'a/one', { data: '1' });
        const recorder = new Recorder();
        maps.watch(recorder.query(1));
        expect(recorder.summary).toEqual(['ADDED a/one']);
        await update(maps, 'a/one', { data: '2' });
        await remove(maps, 'a/one');
        expect(recorder.summary).toEqual(['ADDED a/one', 'MODIFIED a/one', 'DELETED a/one']);
        expect(recorder.revisions).toEqual([2, 3, 4]);
        expect(recorder.events.map(({ previous }) => previous?.revision)).toEqual([undefined, 2, 3]);
        expect(recorder.events[2]!.object.decode()).toMatchObject({ data: '2', metadata: { resourceVersion: '4' } });
      });

      it('has delivered an event before the write is answered', async () => {
        const recorder = new Recorder();
        maps.watch(recorder.query(storage.revision));
        const made = await create(maps, 'a/one');
        expect(recorder.revisions).toEqual([made.revision]);
      });

      it('brings several changes of one commit in one call', async () => {
        const recorder = new Recorder();
        maps.watch(recorder.query(1));
        await Promise.all(['a/1', 'a/2', 'a/3'].map((key) => create(maps, key)));
        expect(recorder.calls).toEqual([3]);
      });

      it('shows each watch only what it is about', async () => {
        const nodes = await storage.open(NODES);
        const scopes = [{}, { namespace: 'a' }, { namespace: 'a', name: 'one' }, { name: 'one' }];
        const recorders = scopes.map((scope) => {
          const recorder = new Recorder();
          maps.watch(recorder.query(1, scope));
          return recorder;
        });
        const node = new Recorder();
        nodes.watch(node.query(1, { name: 'n1' }));
        await Promise.all([
          ...['a/one', 'a/two', 'b/one'].map((key) => create(maps, key)),
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
        const watch = maps.watch({
          ...recorder.query(1),
          onEvents: (events) => {
            recorder.events.push(...events);
            watch.stop();
          },
        });
        await create(maps, 'a/one');
        await create(maps, 'a/two');
        watch.stop();
        expect(recorder.summary).toEqual(['ADDED a/one']);
        expect(recorder.ended).toBe(0);
      });

      it('gives a watch opened inside a delivery every event once', async () => {
        const inner = new Recorder();
        const outer = new Recorder();
        const query = outer.query(1);
        maps.watch({
          ...query,
          onEvents: (events) => {
            query.onEvents(events);
            if (outer.calls.length === 1) maps.watch(inner.query(1));
          },
        });
        await create(maps, 'a/one');
        await create(maps, 'a/two');
        expect(inner.summary).toEqual(['ADDED a/one', 'ADDED a/two']);
      });

      it('ends only the watch whose callback throws', async () => {
        const good = new Recorder();
        const bad = new Recorder();
        maps.watch({
          ...bad.query(1),
          onEvents: () => {
            throw new Error('no');
          },
        });
        maps.watch(good.query(1));
        await create(maps, 'a/one');
        await create(maps, 'a/two');
        expect([good.summary, bad.ended]).toEqual([['ADDED a/one', 'ADDED a/two'], 1]);
      });

      it('loses and repeats nothing under concurrent writes, wherever it starts', async () => {
        const recorders: Recorder[] = [];
        const writers = Array.from({ length: 8 }, async (_, writer) => {
          for (let i = 0; i < 25; i++) {
            await create(maps, `w${writer}/${i}`);
            if (i % 5 === 0) {
              const recorder = new Recorder();
              recorders.push(recorder);
              maps.watch(recorder.query(writer * 10 + 1));
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
        const nodes = await storage.open(NODES);
        const [one, two] = [new Recorder(), new Recorder()];
        maps.watch(one.query(1));
        nodes.watch(two.query(1));
        await storage.close(CONFIG_MAPS.collection);
        expect([one.ended, two.ended]).toEqual([1, 0]);
        await storage.stop();
        expect([one.ended, two.ended]).toEqual([1, 1]);
      });
    });

    describe('beyond the history in memory', () => {
      let small: Collection;

      beforeEach(async () => {
        await place.close();
        storage = await place.start({ limits: { historyEventsMax: 5 } });
        small = await storage.open(CONFIG_MAPS);
      });

      it('lists exactly and pages from the log', async () => {
        const states: string[][] = [];
        const first = storage.revision;
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
        const first = storage.revision;
        for (let i = 0; i < 40; i++) await create(small, `a/${i}`);
        const recorder = new Recorder();
        small.watch(recorder.query(first));
        for (let i = 40; i < 80; i++) await create(small, `a/${i}`);
        await expect.poll(() => recorder.events.length).toBe(80);
        expect(recorder.revisions).toEqual(Array.from({ length: 80 }, (_, i) => first + 1 + i));
        expect(recorder.events.every(({ object, revision }) => object.revision === revision)).toBe(true);
      });

      it('delivers nothing more once such a watch is stopped', async () => {
        const first = storage.revision;
        for (let i = 0; i < 20; i++) await create(small, `a/${i}`);
        const recorder = new Recorder();
        small.watch(recorder.query(first)).stop();
        await create(small, 'a/last');
        expect(recorder.events).toEqual([]);
      });
    });

    describe('compaction', () => {
      beforeEach(async () => {
        await create(maps, 'a/one', { data: '1' });
        for (let i = 2; i <= 10; i++) await update(maps, 'a/one', { data: String(i) });
        await storage.compact(6);
      });

      it('refuses what lies before it and serves what lies after', async () => {
        expect(storage.compactedRevision).toBe(6);
        expect(await refusal(() => list(maps, { revision: 5 }))).toEqual({ code: 'Compacted', revision: 6 });
        expect(await refusal(() => maps.watch(new Recorder().query(5)))).toEqual({ code: 'Compacted', revision: 6 });
        expect((await list(maps, { revision: 6 })).items[0]!.decode()['data']).toBe('5');
        const recorder = new Recorder();
        maps.watch(recorder.query(6));
        expect(recorder.revisions).toEqual([7, 8, 9, 10, 11]);
      });

      it('keeps current objects and the counter when everything is compacted', async () => {
        await storage.compact(storage.revision);
        expect(maps.get('a/one')!.decode()['data']).toBe('10');
        expect((await update(maps, 'a/one', { data: 'next' })).revision).toBe(12);
      });
    });

    it('compacts what is older than the retention, by itself', async () => {
      await place.close();
      storage = await place.start({ compaction: { intervalMs: 100, retentionMs: 300 } });
      maps = await storage.open(CONFIG_MAPS);
      await create(maps, 'a/one');
      const { revision } = await update(maps, 'a/one', { data: 'x' });
      expect(storage.compactedRevision).toBeLessThan(revision);
      await expect.poll(() => storage.compactedRevision, { timeout: 5_000 }).toBe(revision);
    });

    it('opens a collection once, and refuses everything after the stop', async () => {
      expect(await storage.open(CONFIG_MAPS)).toBe(maps);
      const pending = create(maps, 'a/one');
      await storage.stop();
      expect((await pending).key).toBe('a/one');
      expect(await refusal(() => create(maps, 'a/two'))).toMatchObject({ code: 'Unavailable' });
      expect(await refusal(() => storage.open(NODES))).toMatchObject({ code: 'Unavailable' });
    });

    it('loads a closed collection again', async () => {
      await create(maps, 'a/one', { data: 'x' });
      await storage.close(CONFIG_MAPS.collection);
      expect(await refusal(() => create(maps, 'a/two'))).toMatchObject({ code: 'Unavailable' });
      const again = await storage.open(CONFIG_MAPS);
      expect(again).not.toBe(maps);
      expect(again.get('a/one')!.decode()).toMatchObject({ data: 'x', metadata: { resourceVersion: '2' } });
    });

    it('keeps type schemas', async () => {
      const schema = { group: 'apps', kind: 'Deployment', version: 'v1', hash: 'h1', schema: '{}' };
      await storage.putTypeSchemas([schema]);
      await storage.putTypeSchemas([{ ...schema, hash: 'h2' }]);
      expect(await storage.readTypeSchemas()).toEqual([{ ...schema, hash: 'h2' }]);
    });

    if (contract.durable) describeDurability(contract);
  });
}

function describeDurability(contract: StorageContract): void {
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
