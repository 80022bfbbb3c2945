import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusError } from '../../src/apimachinery/errors/status-error.js';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { parseFieldSelector } from '../../src/apimachinery/selectors/field-selector.js';
import { parseLabelSelector } from '../../src/apimachinery/selectors/label-selector.js';
import { EVERYTHING } from '../../src/apimachinery/selectors/selector.js';
import { systemContext } from '../../src/reconcilers/cluster.js';
import type { ResourceStore } from '../../src/registry/resource-store.js';
import type { ListOptions, WatchEvent } from '../../src/registry/rest/storage.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const WRITE = { dryRun: false };
const CTX = systemContext('n');
const ALL: ListOptions = {
  labels: EVERYTHING,
  fields: EVERYTHING,
  limit: 0,
  continueToken: '',
  resourceVersion: '',
  resourceVersionMatch: '',
};

let core: CoreStores;
let maps: ResourceStore;

beforeEach(async () => {
  core = await startCoreStores();
  maps = core.store('', 'configmaps');
});

afterEach(() => core.stop());

async function create(name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) {
  const object = { metadata: { name, namespace: 'n', labels }, data } as KubeObject;
  return (await maps.create(CTX, '', object, WRITE)).value();
}

function set(name: string, data: Record<string, string>, resourceVersion?: string) {
  return maps.update(
    CTX,
    name,
    (existing) => {
      const metadata = { ...existing!.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
      return { ...existing, metadata, data } as KubeObject;
    },
    WRITE,
  );
}

async function refusal(promise: Promise<unknown>): Promise<StatusError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StatusError);
  return error as StatusError;
}

const names = (items: readonly { value(): Readonly<KubeObject> }[]) => items.map((item) => item.value().metadata.name);

describe('writes', () => {
  it('never lose an update, however many race', async () => {
    await create('counter', { n: '0' });
    const increments = Array.from({ length: 40 }, () =>
      maps.update(
        CTX,
        'counter',
        (existing) => {
          const n = Number((existing!['data'] as { n: string }).n);
          return { ...existing, data: { n: String(n + 1) } } as KubeObject;
        },
        WRITE,
      ),
    );
    // Each reads what is stored when its turn comes; the object carries that resourceVersion, so a lost race is seen.
    await Promise.all(increments);
    const counter = await maps.get(CTX, 'counter');
    expect((counter.value()['data'] as { n: string }).n).toBe('40');
  });

  it('refuse a stale resource version and leave the object as it was', async () => {
    const { metadata } = await create('a', { v: '1' });
    await set('a', { v: '2' });
    const error = await refusal(set('a', { v: '3' }, metadata.resourceVersion));
    expect(error.reason).toBe('Conflict');
    expect((await maps.get(CTX, 'a')).value()['data']).toEqual({ v: '2' });
  });

  it('that change nothing keep the resource version', async () => {
    const { metadata } = await create('a', { v: '1' });
    const { view } = await set('a', { v: '1' });
    expect(view.value().metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('make another name when the generated one is taken', async () => {
    const made = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const view = await maps.create(CTX, '', { metadata: { generateName: 'g-', namespace: 'n' } }, WRITE);
      made.add(view.value().metadata.name!);
    }
    expect(made.size).toBe(50);
  });

  it('of a dry run leave nothing behind', async () => {
    await maps.create(CTX, '', { metadata: { name: 'dry', namespace: 'n' } }, { dryRun: true });
    const error = await refusal(Promise.resolve().then(() => maps.get(CTX, 'dry')));
    expect(error.code).toBe(404);
  });
});

describe('deletions', () => {
  it('of an object with finalizers wait for the last one', async () => {
    await maps.create(CTX, '', { metadata: { name: 'a', namespace: 'n', finalizers: ['example.com/x'] } }, WRITE);
    const { deleted, object } = await maps.delete(CTX, 'a', {}, WRITE);
    expect(deleted).toBe(false);
    expect(object.value().metadata.deletionTimestamp).toBeDefined();
    await maps.update(
      CTX,
      'a',
      (existing) => ({ ...existing, metadata: { ...existing!.metadata, finalizers: [] } }) as KubeObject,
      WRITE,
    );
    expect(maps.collection.get('n/a')).toBeUndefined();
  });

  it('hold to their preconditions', async () => {
    await create('a');
    const error = await refusal(maps.delete(CTX, 'a', { preconditions: { uid: 'another' } }, WRITE));
    expect(error.reason).toBe('Conflict');
    expect(maps.collection.get('n/a')).toBeDefined();
  });

  it('of a collection take what the selector chooses', async () => {
    await create('a', {}, { app: 'x' });
    await create('b', {}, { app: 'y' });
    const chosen = { ...ALL, labels: parseLabelSelector('app=x') };
    const removed = await maps.deleteCollection(CTX, {}, chosen, WRITE);
    expect(names(removed.items)).toEqual(['a']);
    expect(names((await maps.list(CTX, ALL)).items)).toEqual(['b']);
  });
});

describe('lists', () => {
  it('page through one moment while writes go on', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(name, { v: '1' });
    const first = await maps.list(CTX, { ...ALL, limit: 2 });
    expect(names(first.items)).toEqual(['a', 'b']);
    expect(first.remainingItemCount).toBe(2);
    await set('c', { v: '2' });
    await maps.delete(CTX, 'd', {}, WRITE);
    await create('cc');
    const second = await maps.list(CTX, { ...ALL, limit: 2, continueToken: first.continueToken });
    expect(names(second.items)).toEqual(['c', 'd']);
    expect(second.items[0]!.value()['data']).toEqual({ v: '1' });
    expect(second.resourceVersion).toBe(first.resourceVersion);
    expect(second.continueToken).toBe('');
  });

  it('answer the state of an exact resource version', async () => {
    await create('a', { v: '1' });
    const { resourceVersion } = await maps.list(CTX, ALL);
    await set('a', { v: '2' });
    await create('b');
    const old = await maps.list(CTX, { ...ALL, resourceVersion, resourceVersionMatch: 'Exact' });
    expect(names(old.items)).toEqual(['a']);
    expect(old.items[0]!.value()['data']).toEqual({ v: '1' });
  });

  it('refuse a version that is still to come, and tokens of others', async () => {
    expect((await refusal(maps.list(CTX, { ...ALL, resourceVersion: '99999' }))).code).toBe(504);
    expect((await refusal(maps.list(CTX, { ...ALL, continueToken: 'garbage' }))).code).toBe(400);
  });

  it('select by name and by label', async () => {
    await create('a', {}, { app: 'x' });
    await create('b', {}, { app: 'x' });
    const fields = parseFieldSelector('metadata.name=b');
    expect(names((await maps.list(CTX, { ...ALL, fields })).items)).toEqual(['b']);
    const labels = parseLabelSelector('app in (x),app!=z');
    expect(names((await maps.list(CTX, { ...ALL, labels })).items)).toEqual(['a', 'b']);
  });
});

describe('watches', () => {
  it('show objects that come into a selection as ADDED and those that leave it as DELETED, as they were', async () => {
    const seen: string[] = [];
    const sink = {
      events: (events: readonly WatchEvent[]) => {
        for (const { type, object } of events) {
          const { metadata, data } = object!.decode() as KubeObject & { data?: { v?: string } };
          seen.push(`${type} ${metadata.labels?.['c']} ${data?.v}`);
        }
      },
      end: () => {},
    };
    await create('a', { v: '1' }, { c: 'blue' });
    const watch = await maps.watch(
      CTX,
      { ...ALL, labels: parseLabelSelector('c=blue'), allowBookmarks: false, sendInitialEvents: undefined },
      sink,
    );
    const paint = (c: string, v: string) =>
      maps.update(
        CTX,
        'a',
        (old) => ({ ...old, metadata: { ...old!.metadata, labels: { c } }, data: { v } }) as KubeObject,
        WRITE,
      );
    await paint('green', '2');
    await paint('blue', '3');
    await paint('blue', '4');
    await maps.delete(CTX, 'a', {}, WRITE);
    watch.stop();
    await create('b', {}, { c: 'blue' });
    expect(seen).toEqual(['ADDED blue 1', 'DELETED blue 1', 'ADDED blue 3', 'MODIFIED blue 4', 'DELETED blue 4']);
  });
});
