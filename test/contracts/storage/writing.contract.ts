import { describe, expect, it } from 'vitest';
import { content, create, list, refusal, remove, update } from './fixture.js';
import type { Scene } from './scene.js';

/** Creating, replacing and removing. */
export function describeWriting(scene: Scene): void {
  describe('writing', () => {
    it('begins at revision 1 and gives every write the next one', async () => {
      expect(scene.storage.revision).toBe(1);
      const made = await create(scene.maps, 'a/one', { data: 'x' });
      expect(made.revision).toBe(2);
      expect((await update(scene.maps, 'a/one', { data: 'y' })).revision).toBe(3);
      expect((await remove(scene.maps, 'a/one')).revision).toBe(4);
      expect([scene.storage.revision, scene.maps.lastRevision]).toEqual([4, 4]);
    });

    it('returns what it stored with the resourceVersion in it', async () => {
      const made = await create(scene.maps, 'a/one', { data: 'x', labels: { app: 'web' } });
      expect(made).toMatchObject({ collection: '/configmaps', key: 'a/one', namespace: 'a', name: 'one' });
      expect(made.decode()).toMatchObject({ metadata: { name: 'one', resourceVersion: '2' }, data: 'x' });
      expect(made.attributes.labels).toEqual({ app: 'web' });
      expect(scene.maps.get('a/one')).toBe(made);
    });

    it('stamps a deleted object with the revision of its deletion', async () => {
      await create(scene.maps, 'a/one', { data: 'x' });
      const gone = await remove(scene.maps, 'a/one');
      expect(gone.decode()).toMatchObject({ metadata: { resourceVersion: '3' }, data: 'x' });
      expect(scene.maps.get('a/one')).toBeUndefined();
    });

    it('refuses to create what exists, to change what does not, and to replace another revision', async () => {
      const { revision } = await create(scene.maps, 'a/one');
      expect(await refusal(() => create(scene.maps, 'a/one'))).toEqual({ code: 'KeyExists', revision });
      expect(await refusal(() => scene.maps.update('a/two', 2, content('a', 'two')))).toMatchObject({
        code: 'KeyNotFound',
      });
      expect(await refusal(() => scene.maps.delete('a/two', 2))).toMatchObject({ code: 'KeyNotFound' });
      expect(await refusal(() => scene.maps.update('a/one', 77, content('a', 'one')))).toEqual({
        code: 'RevisionMismatch',
        revision,
      });
      expect(await refusal(() => scene.maps.delete('a/one', 77))).toEqual({ code: 'RevisionMismatch', revision });
      expect(scene.storage.revision).toBe(revision);
    });

    it('lets exactly one of many racing writers win each revision', async () => {
      await create(scene.maps, 'a/counter', { data: '0' });
      let conflicts = 0;
      const increment = async () => {
        for (;;) {
          const seen = scene.maps.get('a/counter')!;
          const next = content('a', 'counter', { data: String(Number(seen.decode()['data']) + 1) });
          try {
            return await scene.maps.update('a/counter', seen.revision, next);
          } catch (error) {
            expect(error).toMatchObject({ code: 'RevisionMismatch' });
            conflicts++;
          }
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      expect(scene.maps.get('a/counter')!.decode()['data']).toBe('20');
      expect(conflicts).toBeGreaterThan(0);
      expect(scene.storage.revision).toBe(22);
    });

    it('answers calls that fail in a batch alone and wastes no revision on them', async () => {
      const results = await Promise.allSettled(
        ['a/one', 'a/two', 'a/one', 'a/three'].map((key, at) => create(scene.maps, key, { data: String(at) })),
      );
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect(scene.maps.get('a/one')!.decode()['data']).toBe('0');
      expect(scene.storage.revision).toBe(4);
    });

    it('takes several changes of one key in one batch in their order', async () => {
      const { revision } = await create(scene.maps, 'a/one', { data: 'old' });
      const results = await Promise.allSettled([
        scene.maps.delete('a/one', revision),
        create(scene.maps, 'a/one', { data: 'new' }),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      expect(scene.maps.get('a/one')!.decode()).toMatchObject({ data: 'new', metadata: { resourceVersion: '4' } });
      const { items } = await list(scene.maps, { revision: 3 });
      expect(items).toEqual([]);
    });

    it('fails only the call whose content cannot be encoded', async () => {
      const broken = {
        attributes: { labels: {}, fields: {} },
        text: () => {
          throw new Error('no text');
        },
      };
      const results = await Promise.allSettled([scene.maps.create('a', 'bad', broken), create(scene.maps, 'a/good')]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });

    it('keeps bytes beyond ASCII and big values', async () => {
      const data = `${'é漢😀'.repeat(100)}${'x'.repeat(300_000)}`;
      await create(scene.maps, 'a/big', { data });
      expect(scene.maps.get('a/big')!.decode()['data']).toBe(data);
    });
  });
}
