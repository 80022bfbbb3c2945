import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expired } from '../../../../apimachinery/errors/status-error.js';
import { LOOPBACK_USER } from '../../../../apimachinery/meta/user-info.js';
import { parseLabelSelector } from '../../../../apimachinery/selectors/label-selector.js';
import { EVERYTHING } from '../../../../apimachinery/selectors/selector.js';
import type { WatchEvent, WatchOptions } from '../../../../registry/rest/storage.js';
import { MessageError } from './message-client.js';
import { RemoteWatch } from './remote-watch.js';
import { FakeClient } from './testing.js';

const OPTIONS: WatchOptions = {
  labels: EVERYTHING,
  fields: EVERYTHING,
  resourceVersion: '5',
  resourceVersionMatch: '',
  allowBookmarks: true,
  sendInitialEvents: undefined,
};
const object = (name: string, version: number, labels: Record<string, string> = {}) => ({
  metadata: { name, resourceVersion: String(version), labels },
});

describe('a watch of a backend', () => {
  let client: FakeClient;
  let events: WatchEvent[];
  let ended: (Error | undefined)[];
  beforeEach(() => {
    vi.useFakeTimers();
    client = new FakeClient(() => []);
    events = [];
    ended = [];
  });
  afterEach(() => vi.useRealTimers());

  const open = (more: Partial<WatchOptions> = {}) => {
    const options = { ...OPTIONS, ...more };
    const parts = {
      client,
      pattern: 'watch',
      message: { user: LOOPBACK_USER, namespace: '' },
      list: async () => ({
        items: [object('a', 3), object('b', 4, { x: 'y' })],
        resourceVersion: '7',
        continueToken: '',
        remainingItemCount: undefined,
      }),
      matches: ({ metadata }: { metadata: { labels?: Record<string, string> } }) =>
        options.labels.matches(metadata.labels ?? {}),
      name: 'teapots',
    };
    const sink = {
      events: (more: readonly WatchEvent[]) => events.push(...more),
      end: (error?: Error) => ended.push(error),
    };
    return new RemoteWatch(parts, options, sink).start();
  };
  const seen = () => events.map(({ type, value }) => `${type} ${value?.metadata.name ?? ''}`);
  const latest = () => client.streams.at(-1)!;

  it('asks anew from where the stream before ended, and stops when nobody reads', async () => {
    const watch = await open();
    expect(latest().message).toMatchObject({ resourceVersion: '5', seconds: 30 });
    latest().stream.next({ type: 'ADDED', object: object('a', 8) });
    latest().stream.next({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } });
    await vi.advanceTimersByTimeAsync(30_000);
    latest().stream.complete();
    expect(client.streams).toHaveLength(2);
    expect(latest().message).toMatchObject({ resourceVersion: '9' });
    expect(seen()).toEqual(['ADDED a']);
    expect(watch.newestRevision()).toBe(9);
    watch.stop();
    latest()?.stream.complete();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(client.asked).toEqual([]);
    expect(ended).toEqual([]);
  });

  it('begins with what is there, where the client wants that', async () => {
    await open({ resourceVersion: '', sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
    expect(seen()).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK ']);
    expect(events.at(-1)).toMatchObject({ revision: 7, initialEventsEnd: true });
    expect(latest().message).toMatchObject({ resourceVersion: '7' });
  });

  it('tells what comes into a selection and what leaves it, with and without the object before', async () => {
    await open({ labels: parseLabelSelector('x=y'), resourceVersion: '0' });
    expect(seen()).toEqual(['ADDED b']);
    events = [];
    const { stream } = latest();
    stream.next({ type: 'MODIFIED', object: object('a', 8, { x: 'y' }), previous: object('a', 3) });
    stream.next({ type: 'MODIFIED', object: object('b', 9) });
    stream.next({ type: 'MODIFIED', object: object('b', 10), previous: object('b', 9) });
    stream.next({ type: 'DELETED', object: object('a', 11, { x: 'y' }) });
    expect(seen()).toEqual(['ADDED a', 'DELETED b', 'DELETED a']);
  });

  it('ends when the backend says so, is silent beyond its time, lost, or sends garbage', async () => {
    await open();
    latest().stream.error(expired('too old'));
    expect(ended).toEqual([expect.objectContaining({ code: 410 })]);
    await open();
    latest().stream.error(new MessageError('Connection closed', 'unreachable'));
    expect(ended[1]).toBeUndefined();
    await open();
    await vi.advanceTimersByTimeAsync(35_000);
    expect([ended.length, ended[2]]).toEqual([3, undefined]);
    for (const garbage of [
      null,
      'x',
      { type: 'ADDED' },
      { type: 'ADDED', object: { metadata: { name: 'a', resourceVersion: 'x' } } },
    ]) {
      await open();
      latest().stream.next(garbage);
      expect(ended.at(-1)).toMatchObject({ code: 500 });
    }
    expect(client.streams).toEqual([]);
  });

  it('asks no circle of a backend that ends each stream at once', async () => {
    let streams = 0;
    const ask = client.stream.bind(client);
    client.stream = (...args) => {
      streams++;
      queueMicrotask(() => args[2].complete());
      return ask(...args);
    };
    const watch = await open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(streams).toBeLessThanOrEqual(21);
    watch.stop();
  });
});
