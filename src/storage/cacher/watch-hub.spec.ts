import { describe, expect, it } from 'vitest';
import type { OneOf, StoredEvent, StoredObject } from '../storage.js';
import { CorruptStoredObject } from './corrupt-object.js';
import { EncodingBudget } from './encodings.js';
import { WatchHub } from './watch-hub.js';

function stored(name: string, revision: number, labels: Record<string, string>): StoredObject {
  const attributes = { labels, fields: { 'metadata.name': name } };
  return { namespace: 'n', name, key: `n/${name}`, revision, attributes } as unknown as StoredObject;
}

function change(revision: number, labels: Record<string, string>, previous?: Record<string, string>): StoredEvent {
  const before = previous && stored('a', revision - 1, previous);
  return { type: before ? 'MODIFIED' : 'ADDED', revision, object: stored('a', revision, labels), previous: before };
}

function hubWith(...wishes: (OneOf | undefined)[]) {
  const failures: unknown[] = [];
  const hub = new WatchHub(true, (error) => failures.push(error));
  const seen = wishes.map((): number[][] => []);
  const ended: number[] = [];
  const watches = wishes.map((oneOf, at) =>
    hub.subscribe({
      namespace: 'n',
      afterRevision: 0,
      ...(oneOf && { oneOf }),
      onEvents: (events) => seen[at]?.push(events.map((event) => event.revision)),
      onEnd: () => ended.push(at),
    }),
  );
  return { hub, watches, seen, ended, failures };
}

const label = (...values: string[]): OneOf => ({ of: 'labels', key: 'app', values });

describe('WatchHub', () => {
  it('ends a watch that throws when it is told of what cannot be read, and tells the others', () => {
    const failures: unknown[] = [];
    const told: string[] = [];
    const hub = new WatchHub(true, (error) => failures.push(error));
    const subscribe = (name: string, onCorrupt?: () => void) =>
      hub.subscribe({
        afterRevision: 0,
        onEvents: (events) => told.push(`${name} ${events.map(({ revision }) => revision).join()}`),
        ...(onCorrupt && { onCorrupt }),
        onEnd: () => told.push(`${name} ends`),
      });
    subscribe('thrower', () => {
      throw new Error('no');
    });
    subscribe('deaf');
    subscribe('teller', () => told.push('teller corrupt'));
    const options = { collection: '/c', namespaced: true, attributesOf: () => ({ labels: {}, fields: {} }) };
    const home = { options, encodings: new EncodingBudget(0) };
    const corrupt = new CorruptStoredObject(home, 'n/a', 'n', 1, Buffer.from('x'), 'broken');
    hub.dispatch([
      change(2, {}),
      { type: 'DELETED', revision: 3, object: corrupt.deletedAt(3), previous: corrupt },
      change(4, {}),
    ]);
    expect(told).toEqual([
      ...['thrower 2', 'deaf 2', 'teller 2'],
      ...['thrower ends', 'teller corrupt'],
      ...['deaf 4', 'teller 4'],
    ]);
    expect(failures).toEqual([new Error('no')]);
  });

  it('spares watches the changes of objects that never had what they want', () => {
    const { hub, seen } = hubWith(undefined, label('web'), label('db', 'web'), label('cache'));
    hub.dispatch([change(1, { app: 'web' })]);
    hub.dispatch([change(2, {})]);
    hub.dispatch([change(3, { app: 'db' })]);
    expect(seen).toEqual([[[1], [2], [3]], [[1]], [[1], [3]], []]);
  });

  it('tells of a change that takes the wanted value away', () => {
    const { hub, seen } = hubWith(label('web'), label('db'));
    hub.dispatch([change(2, { app: 'db' }, { app: 'web' })]);
    hub.dispatch([change(3, {}, { app: 'db' })]);
    expect(seen).toEqual([[[2]], [[2], [3]]]);
  });

  it('gives a watch the events of one commit in order and each once, whichever of its values they have', () => {
    const { hub, seen } = hubWith(label('web', 'db'), label('db'), undefined);
    hub.dispatch([
      change(1, { app: 'web' }),
      change(2, { app: 'other' }),
      change(3, { app: 'db' }, { app: 'web' }),
      change(4, { app: 'web' }, { app: 'db' }),
    ]);
    expect(seen).toEqual([[[1, 3, 4]], [[3, 4]], [[1, 2, 3, 4]]]);
  });

  it('takes a field that an object lacks for an empty one, and a label that it lacks for none', () => {
    const { hub, seen } = hubWith(
      { of: 'fields', key: 'spec.nodeName', values: [''] },
      { of: 'fields', key: 'metadata.name', values: ['a'] },
      label(''),
      { of: 'labels', key: 'constructor', values: [''] },
    );
    hub.dispatch([change(1, {})]);
    hub.dispatch([change(2, { app: '' })]);
    expect(seen).toEqual([[[1], [2]], [[1], [2]], [[2]], []]);
  });

  it('forgets watches that stop, and ends the others', () => {
    const { hub, watches, seen, ended } = hubWith(label('web', 'db'), label('web'), undefined);
    watches[0]?.stop();
    watches[0]?.stop();
    hub.dispatch([change(1, { app: 'web' })]);
    hub.end();
    hub.dispatch([change(2, { app: 'web' })]);
    expect({ seen, ended: ended.toSorted() }).toEqual({ seen: [[], [[1]], [[1]]], ended: [1, 2] });
  });

  it('ends a watch whose receiver fails, and tells the others nonetheless', () => {
    const failures: unknown[] = [];
    const hub = new WatchHub(true, (error) => failures.push(error));
    const told: string[] = [];
    const fail = () => {
      throw new Error('no');
    };
    hub.subscribe({ afterRevision: 0, oneOf: label('web'), onEvents: fail, onEnd: () => told.push('end') });
    hub.subscribe({ afterRevision: 0, oneOf: label('web'), onEvents: () => told.push('event'), onEnd: () => {} });
    hub.dispatch([change(1, { app: 'web' })]);
    hub.dispatch([change(2, { app: 'web' })]);
    expect(told).toEqual(['end', 'event', 'event']);
    expect(failures).toHaveLength(1);
  });
});
