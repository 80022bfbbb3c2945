import { afterEach, describe, expect, it } from 'vitest';
import { encodeContent } from '../content.js';
import type { Collection, StoredEvent } from '../storage.js';
import { DEFAULT_STORAGE_LIMITS } from '../storage-options.js';
import type { WriteBatch } from './dialect.js';
import { SqliteDialect } from './sqlite-dialect.js';
import { TypeormStorage } from './typeorm-storage.js';

/** A database that fails when told to. */
class FailingDialect extends SqliteDialect {
  failure: 'begin' | 'before commit' | 'after commit' | undefined;
  held: Promise<void> | undefined;

  constructor() {
    super(':memory:', DEFAULT_STORAGE_LIMITS);
  }

  override begin(): Promise<number> {
    if (this.failure === 'begin') return Promise.reject(new Error('disk gone'));
    return super.begin();
  }

  override async commit(batch: WriteBatch): Promise<void> {
    if (this.failure === 'before commit') throw new Error('disk full');
    await this.held;
    await super.commit(batch);
    if (this.failure === 'after commit') throw new Error('connection lost');
  }
}

const text = (name: string) => encodeContent({ metadata: { name } }, { labels: {}, fields: {} });

describe('GroupCommitWriter', () => {
  let storage: TypeormStorage;

  afterEach(() => storage.stop());

  async function open(dialect: FailingDialect): Promise<Collection> {
    storage = new TypeormStorage({ url: 'sqlite::memory:' }, dialect);
    return storage.open({
      collection: '/nodes',
      namespaced: false,
      attributesOf: () => ({ labels: {}, fields: {} }),
    });
  }

  for (const failure of ['begin', 'before commit'] as const) {
    it(`fails the calls of a transaction that fails at ${failure}, and nothing else`, async () => {
      const dialect = new FailingDialect();
      const nodes = await open(dialect);
      await nodes.create('', 'before', text('before'));
      dialect.failure = failure;
      const results = await Promise.allSettled(['a', 'b', 'a'].map((name) => nodes.create('', name, text(name))));
      expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
        Array(3).fill('Unavailable'),
      );
      expect(nodes.count()).toBe(1);
      dialect.failure = undefined;
      expect((await nodes.create('', 'a', text('a'))).revision).toBe(3);
    });
  }

  it('learns what became of a transaction whose answer was lost', async () => {
    const dialect = new FailingDialect();
    const nodes = await open(dialect);
    const events: StoredEvent[] = [];
    nodes.watch({ afterRevision: 1, onEvents: (some) => events.push(...some), onEnd: () => undefined });
    await nodes.create('', 'a', text('a'));
    await nodes.create('', 'b', text('b'));
    dialect.failure = 'after commit';
    const lost = await Promise.allSettled([
      nodes.update('a', 2, text('a')),
      nodes.delete('b', 3),
      nodes.create('', 'c', text('c')),
    ]);
    expect(lost.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    dialect.failure = undefined;
    await expect(nodes.create('', 'c', text('c'))).rejects.toMatchObject({ code: 'KeyExists', revision: 6 });
    expect((await nodes.create('', 'd', text('d'))).revision).toBe(7);
    expect(events.map(({ type, revision, object }) => `${type} ${revision} ${object.key}`)).toEqual([
      'ADDED 2 a',
      'ADDED 3 b',
      'MODIFIED 4 a',
      'DELETED 5 b',
      'ADDED 6 c',
      'ADDED 7 d',
    ]);
    expect(nodes.get('c')?.decode()).toEqual({ metadata: { resourceVersion: '6', name: 'c' } });
  });

  it('answers nobody and shows nothing before the commit is durable', async () => {
    const dialect = new FailingDialect();
    const nodes = await open(dialect);
    let release!: () => void;
    dialect.held = new Promise((resolve) => {
      release = resolve;
    });
    const answered: string[] = [];
    const first = nodes.create('', 'a', text('a')).then(() => answered.push('created'));
    const second = nodes.create('', 'a', text('a')).catch(() => answered.push('refused'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([answered, nodes.get('a'), storage.revision]).toEqual([[], undefined, 1]);
    release();
    await Promise.all([first, second]);
    expect(answered).toEqual(['created', 'refused']);
  });

  it('finishes the waiting writes when it stops', async () => {
    const nodes = await open(new FailingDialect());
    const writes = Array.from({ length: 1_000 }, (_, i) => nodes.create('', `n${i}`, text(`n${i}`)));
    await storage.stop();
    expect(new Set((await Promise.all(writes)).map(({ revision }) => revision)).size).toBe(1_000);
  });
});
