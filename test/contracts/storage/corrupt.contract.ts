import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CorruptObjectError } from '../../../src/storage/errors.js';
import type { Collection, CorruptObject } from '../../../src/storage/storage.js';
import type { TypeormStorage } from '../../../src/storage/typeorm/typeorm-storage.js';
import { CONFIG_MAPS, create, keys, list, NODES, Recorder, refusal, remove, StoragePlace, update } from './fixture.js';
import type { StorageContract } from './scene.js';

const BROKEN = `'{"metadata":{"resourceVersion":"3","na'`;
const FAULT = 'unexpected end of JSON input';

/** Runs statements on the database while nobody else has it; `bytes(text)` and `text(bytes)` are what the dialect calls them. */
async function byHand(url: string, ...statements: string[]): Promise<void> {
  const source = new DataSource(
    url.startsWith('sqlite:') ? { type: 'sqlite', database: url.slice('sqlite:'.length) } : { type: 'postgres', url },
  );
  await source.initialize();
  const postgres = source.options.type === 'postgres';
  const spelled = (sql: string) =>
    sql
      .replace(/bytes\(('(?:[^']|'')*')\)/g, postgres ? "convert_to($1, 'UTF8')" : 'CAST($1 AS BLOB)')
      .replace(/text\((\w+)\)/g, postgres ? "convert_from($1, 'UTF8')" : 'CAST($1 AS TEXT)');
  for (const statement of statements) await source.query(spelled(statement));
  await source.destroy();
}

const setValue = (key: string, value: string) => `UPDATE stored_object SET value = ${value} WHERE key = '${key}'`;
const setPrevious = (revision: number, value: string) =>
  `UPDATE revision_log SET previous_value = ${value} WHERE revision = ${revision}`;

/** What becomes of data that a fault or a hand has changed. */
export function describeCorruption(contract: StorageContract): void {
  describe('with values that cannot be read', () => {
    let place: StoragePlace;
    let storage: TypeormStorage;
    let maps: Collection;
    let reported: CorruptObject[];
    let cuts: string[];

    /** Fills a place, changes it by hand and opens it again. */
    async function reopen(fill: (maps: Collection) => Promise<unknown>, ...statements: string[]): Promise<void> {
      await fill(await (await place.start()).open(CONFIG_MAPS));
      await place.close();
      await byHand(place.url, ...statements);
      await open();
    }

    async function open(historyEventsMax = 10_000): Promise<void> {
      reported = [];
      cuts = [];
      const observer = {
        corrupt: (object: CorruptObject) => reported.push(object),
        historyCut: (collection: string, revision: number) => cuts.push(`${collection} ${revision}`),
      };
      storage = await place.start({ observer, limits: { historyEventsMax } });
      maps = await storage.open(CONFIG_MAPS);
    }

    const three = async (maps: Collection) => {
      for (const key of ['a/1', 'a/2', 'b/1']) await create(maps, key, { labels: { n: key.slice(-1) }, data: key });
    };

    beforeEach(async () => {
      place = new StoragePlace(await contract.newUrl());
    });

    afterEach(() => place.close());

    it.each([
      ['cut short', `bytes('{"metadata":{"resourceVersion":"3","name":"2"')`, FAULT],
      ['empty', `bytes('')`, FAULT],
      ['a text that is cut short', `'{"metadata":'`, FAULT],
      ['no JSON', `bytes('k8s protobuf')`, "invalid character 'k' looking for beginning of value"],
      ['a list', `bytes('[]')`, 'not a JSON object'],
      ['an object without metadata', `bytes('{"spec":{}}')`, 'no metadata'],
      ["another's object", `bytes('{"metadata":{"namespace":"a","name":"1"}}')`, "metadata.name is not the key's"],
      [
        'in another namespace',
        `bytes('{"metadata":{"namespace":"b","name":"2"}}')`,
        "metadata.namespace is not the key's",
      ],
      [
        'with labels that are none',
        `bytes('{"metadata":{"namespace":"a","name":"2","labels":{"n":1}}}')`,
        'metadata.labels is no map of strings',
      ],
    ])('opens, and tells of a value that is %s', async (_, value, fault) => {
      await reopen(three, setValue('a/2', value));
      expect(reported).toMatchObject([
        { collection: '/configmaps', key: 'a/2', namespace: 'a', name: '2', revision: 3 },
      ]);
      expect(reported[0]!.fault).toBe(fault);
      expect(maps.corrupt('a/2')).toMatchObject({ fault });
      expect(maps.corrupt('a/1')).toBeUndefined();
    });

    it('takes bytes that are no UTF-8 for a fault', async () => {
      const bytes = '7b226d65746164617461223a7b226e616d65223a22ff227d7d';
      const value = place.url.startsWith('sqlite:') ? `x'${bytes}'` : `'\\x${bytes}'::bytea`;
      await reopen(three, setValue('a/2', value));
      expect(reported.map(({ fault }) => fault)).toEqual(['invalid UTF-8']);
    });

    it.each(['bytes', 'text'])('reads what a hand has spelled otherwise, as %s', async (type) => {
      const value =
        ' {"kind":"ConfigMap","metadata":{"name":"2","namespace":"a"},"data":"by hand","big":9007199254740993}';
      await reopen(three, setValue('a/2', type === 'text' ? `'${value}'` : `bytes('${value}')`));
      const { json } = maps.get('a/2')!;
      expect(json.toString()).toBe(
        '{"metadata":{"resourceVersion":"3","name":"2","namespace":"a"},"data":"by hand","big":9007199254740993}',
      );
      expect((await update(maps, 'a/2', { data: 'again' })).revision).toBe(5);
    });

    it('refuses to get it, and counts it', async () => {
      await reopen(three, setValue('a/2', `bytes(${BROKEN})`));
      expect(await refusal(() => maps.get('a/2'))).toEqual({ code: 'CorruptObject', revision: 3 });
      expect(() => maps.get('a/2')).toThrow(`a/2 of /configmaps at revision 3 cannot be read: ${FAULT}`);
      expect([maps.count(), maps.count('a'), maps.count('b')]).toEqual([3, 2, 1]);
    });

    it('lists the others and tells what is not among them', async () => {
      await reopen(three, setValue('a/2', `bytes(${BROKEN})`));
      const seen = async (query: Parameters<typeof list>[1]) => {
        const { items, corrupt, more, remaining } = await list(maps, query);
        return [keys(items), corrupt?.map(({ key }) => key), more, remaining];
      };
      expect(await seen({})).toEqual([['a/1', 'b/1'], ['a/2'], false, undefined]);
      expect(await seen({ namespace: 'b' })).toEqual([['b/1'], undefined, false, undefined]);
      expect(await seen({ namespace: 'a', name: '2' })).toEqual([[], ['a/2'], false, undefined]);
      expect(await seen({ namespace: 'a', name: '1' })).toEqual([['a/1'], undefined, false, undefined]);
      expect(await seen({ exactLabels: [{ key: 'n', value: '1' }] })).toEqual([
        ['a/1', 'b/1'],
        ['a/2'],
        false,
        undefined,
      ]);
      // A page that is full has looked no further.
      expect(await seen({ limit: 1 })).toEqual([['a/1'], undefined, true, 2]);
      expect(await seen({ limit: 1, after: 'a/1' })).toEqual([['b/1'], ['a/2'], false, undefined]);
      expect(await seen({ namespace: 'a', limit: 1 })).toEqual([['a/1'], undefined, true, 1]);
      expect(await seen({ limit: 1, matches: () => true })).toEqual([['a/1'], undefined, true, undefined]);
    });

    it('holds its key, and lets it be deleted', async () => {
      await reopen(three, setValue('a/2', `bytes(${BROKEN})`));
      expect(await refusal(() => create(maps, 'a/2'))).toEqual({ code: 'KeyExists', revision: 3 });
      expect(await refusal(() => maps.delete('a/2', 2))).toEqual({ code: 'RevisionMismatch', revision: 3 });
      const gone = await maps.delete('a/2', maps.corrupt('a/2')!.revision);
      expect(gone.revision).toBe(5);
      expect(() => gone.decode()).toThrow(
        expect.objectContaining<Partial<CorruptObjectError>>({ code: 'CorruptObject' }),
      );
      expect([maps.get('a/2'), maps.corrupt('a/2'), maps.count()]).toEqual([undefined, undefined, 2]);
      expect((await list(maps)).corrupt).toBeUndefined();
      const made = await create(maps, 'a/2', { data: 'new' });
      expect(maps.get('a/2')).toBe(made);
      await place.close();
      await open();
      expect([keys((await list(maps)).items), reported]).toEqual([['a/1', 'a/2', 'b/1'], []]);
    });

    it('tells watches of its deletion in their order, those with conditions too, and spares others', async () => {
      await reopen(three, setValue('a/2', `bytes(${BROKEN})`));
      const watches = {
        all: new Recorder(),
        a: new Recorder(),
        b: new Recorder(),
        itself: new Recorder(),
        labelled: new Recorder(),
      };
      maps.watch(watches.all.query(storage.revision));
      maps.watch(watches.a.query(storage.revision, { namespace: 'a' }));
      maps.watch(watches.b.query(storage.revision, { namespace: 'b' }));
      maps.watch(watches.itself.query(storage.revision, { namespace: 'a', name: '2' }));
      maps.watch(watches.labelled.query(storage.revision, { oneOf: { of: 'labels', key: 'n', values: ['none'] } }));
      await Promise.all([create(maps, 'a/0'), maps.delete('a/2', 3), create(maps, 'a/3')]);
      expect(watches.all.summary).toEqual(['ADDED a/0', 'ADDED a/3']);
      expect(watches.all.corrupt).toEqual([`1: DELETED a/2 at 6: ${FAULT}`]);
      expect(watches.a.corrupt).toEqual(watches.all.corrupt);
      expect(watches.itself.corrupt).toEqual([`0: DELETED a/2 at 6: ${FAULT}`]);
      expect(watches.labelled.corrupt).toEqual([`0: DELETED a/2 at 6: ${FAULT}`]);
      expect(watches.b.corrupt).toEqual([]);
      expect(Object.values(watches).map(({ ended }) => ended)).toEqual([0, 0, 0, 0, 0]);
      // Whoever resumes from before is told from the log.
      const late = new Recorder();
      maps.watch(late.query(4));
      await expect.poll(() => late.summary).toEqual(['ADDED a/0', 'ADDED a/3']);
      expect(late.corrupt).toEqual([`1: DELETED a/2 at 6: ${FAULT}`]);
      const then = await list(maps, { revision: 5 });
      expect([keys(then.items), keys(then.corrupt as never)]).toEqual([['a/0', 'a/1', 'b/1'], ['a/2']]);
    });

    it('shows what it was before, where the log still knows', async () => {
      await reopen(
        async (maps) => {
          await three(maps);
          await update(maps, 'a/2', { data: 'last' });
          await create(maps, 'a/4');
        },
        setValue('a/2', `bytes(${BROKEN})`),
      );
      expect(cuts).toEqual(['/configmaps 5']);
      const then = await list(maps, { revision: 4 });
      expect([keys(then.items), then.corrupt]).toEqual([['a/1', 'a/2', 'b/1'], undefined]);
      expect(then.items[1]!.decode()['data']).toBe('a/2');
      expect((await list(maps, { revision: 5 })).corrupt).toHaveLength(1);
      const recorder = new Recorder();
      maps.watch(recorder.query(3));
      await expect.poll(() => recorder.summary).toEqual(['ADDED b/1', 'ADDED a/4']);
      expect(recorder.corrupt).toEqual([`1: MODIFIED a/2 at 5: ${FAULT}`]);
    });

    it.each([
      ['cut short', `bytes(${BROKEN})`, FAULT],
      ['an empty text', `''`, FAULT],
      ['missing', 'NULL', 'the revision log does not tell'],
    ])('begins its history anew after a log row that is %s', async (_, value, fault) => {
      const fill = async (maps: Collection) => {
        await create(maps, 'a/1', { data: '1' });
        await update(maps, 'a/1', { data: '2' });
        await update(maps, 'a/1', { data: '3' });
        await create(maps, 'b/1');
        await remove(maps, 'b/1');
      };
      await reopen(fill, setPrevious(4, value));
      expect([reported, cuts]).toEqual([[], ['/configmaps 4']]);
      expect(maps.get('a/1')!.decode()['data']).toBe('3');
      expect((await list(maps)).corrupt).toBeUndefined();
      expect((await list(maps, { revision: 4 })).items[0]!.decode()['data']).toBe('3');
      expect((await list(maps, { revision: 3 })).corrupt).toMatchObject([{ key: 'a/1', fault }]);
      expect((await list(maps, { revision: 2 })).items[0]!.decode()['data']).toBe('1');
      const recent = new Recorder();
      maps.watch(recent.query(4));
      expect(recent.summary).toEqual(['ADDED b/1', 'DELETED b/1']);
      const old = new Recorder();
      maps.watch(old.query(1));
      await expect.poll(() => old.summary).toEqual(['ADDED a/1', 'ADDED b/1', 'DELETED b/1']);
      expect(old.corrupt).toEqual([`1: MODIFIED a/1 at 3: ${fault}`, `1: MODIFIED a/1 at 4: ${fault}`]);
    });

    it('opens where a row is gone that the log speaks of', async () => {
      await reopen(three, `DELETE FROM stored_object WHERE key = 'a/2'`);
      expect([reported, cuts, maps.get('a/2')]).toEqual([[], ['/configmaps 3'], undefined]);
      const old = new Recorder();
      maps.watch(old.query(1));
      await expect.poll(() => old.summary).toEqual(['ADDED a/1', 'ADDED b/1']);
      expect(old.corrupt).toEqual(['1: ADDED a/2 at 3: the revision log does not tell']);
      expect((await create(maps, 'a/2')).revision).toBe(5);
    });

    it('finds faults beyond the history in memory', async () => {
      await (await place.start()).open(CONFIG_MAPS).then(three);
      await place.close();
      await byHand(place.url, setValue('a/2', `bytes(${BROKEN})`));
      await open(1);
      for (let i = 5; i < 9; i++) await create(maps, `c/${i}`);
      expect((await list(maps, { revision: 4 })).corrupt).toMatchObject([{ key: 'a/2' }]);
      expect((await list(maps, { revision: 2 })).corrupt).toBeUndefined();
    });

    if (contract.shared)
      it('takes in what another hand writes while it runs', async () => {
        maps = await (await place.start()).open(CONFIG_MAPS);
        await three(maps);
        const recorder = new Recorder();
        maps.watch(recorder.query(4, { namespace: 'a' }));
        // Nobody looks at a value that is in memory already: the next write replaces it.
        await byHand(place.url, setValue('a/1', `bytes('x')`));
        expect(maps.get('a/1')!.decode()['data']).toBe('a/1');
        await update(maps, 'a/1', { data: 'again' });
        await byHand(
          place.url,
          `INSERT INTO revision_log (revision, collection, key, type, previous_revision, previous_value)
           SELECT 6, collection, key, 1, revision, value FROM stored_object WHERE key = 'a/2'`,
          `UPDATE stored_object SET revision = 6, value = bytes('x') WHERE key = 'a/2'`,
        );
        await create(maps, 'a/3');
        expect(recorder.summary).toEqual(['MODIFIED a/1', 'ADDED a/3']);
        expect(recorder.corrupt).toEqual([
          "1: MODIFIED a/2 at 6: invalid character 'x' looking for beginning of value",
        ]);
        expect(await refusal(() => maps.get('a/2'))).toEqual({ code: 'CorruptObject', revision: 6 });
        expect((await list(maps, { exactLabels: [{ key: 'n', value: '2' }] })).items).toEqual([]);
        expect((await list(maps, { revision: 5 })).items.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'b/1']);
      });

    it('is whole again once the value has been put back', async () => {
      await reopen(
        three,
        'ALTER TABLE stored_object ADD COLUMN kept text',
        'UPDATE stored_object SET kept = text(value)',
        setValue('a/2', `bytes(${BROKEN})`),
      );
      expect(reported).toHaveLength(1);
      await place.close();
      await byHand(
        place.url,
        place.url.startsWith('sqlite:')
          ? 'UPDATE stored_object SET value = kept'
          : `UPDATE stored_object SET value = convert_to(kept, 'UTF8')`,
        'ALTER TABLE stored_object DROP COLUMN kept',
      );
      await open();
      expect([reported, cuts, keys((await list(maps)).items)]).toEqual([[], [], ['a/1', 'a/2', 'b/1']]);
      const recorder = new Recorder();
      maps.watch(recorder.query(1));
      expect(recorder.summary).toEqual(['ADDED a/1', 'ADDED a/2', 'ADDED b/1']);
    });

    it('works beside collections that are whole, with many faults', async () => {
      await reopen(async (maps) => {
        await Promise.all(Array.from({ length: 250 }, (_, i) => create(maps, `n/${i}`)));
      }, `UPDATE stored_object SET value = bytes('x')`);
      expect([reported.length, (await list(maps)).corrupt?.length, maps.count()]).toEqual([250, 250, 250]);
      const nodes = await storage.open(NODES);
      await create(nodes, 'one');
      expect(keys((await list(nodes)).items)).toEqual(['one']);
    });
  });
}
