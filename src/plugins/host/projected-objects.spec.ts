import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { ProjectedObjects } from './projected-objects.js';

const START = 1_000;
const object = (name: string, size = 1): KubeObject => ({ metadata: { name }, spec: { size } });
const projection = () => new ProjectedObjects({ namespaced: false, label: 'Row.example.com' }, () => START);
const told = (changes: readonly { type: string; object: { name: string } }[]) =>
  changes.map(({ type, object: { name } }) => `${type} ${name}`);

describe('objects that are kept elsewhere', () => {
  it('tell what changed since the last look', () => {
    const rows = projection();
    expect(told(rows.replace([object('a'), object('b')]))).toEqual(['ADDED a', 'ADDED b']);
    expect(told(rows.replace([object('a'), object('b')]))).toEqual([]);
    expect(told(rows.replace([object('b', 2), object('c')]))).toEqual(['MODIFIED b', 'ADDED c', 'DELETED a']);
    expect(rows.all().map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it('have a uid that stays, and the resourceVersion of their last change', () => {
    const rows = projection();
    rows.replace([object('a')]);
    const first = rows.get('a')!.value.metadata;
    rows.replace([object('a', 2)]);
    const { uid, resourceVersion } = rows.get('a')!.value.metadata;
    expect(uid).toBe(first.uid);
    expect(Number(resourceVersion)).toBeGreaterThan(Number(first.resourceVersion));
    const restarted = projection();
    restarted.replace([object('a')]);
    expect(restarted.get('a')!.value.metadata.uid).toBe(uid);
  });

  it('know changes only so far back', () => {
    const rows = projection();
    const before = rows.revision;
    for (let size = 0; size < 1_200; size++) rows.replace([object('a', size)]);
    expect(rows.since(before)).toBeUndefined();
    expect(rows.since(rows.revision - 10)).toHaveLength(10);
    expect(rows.since(5)).toBeUndefined();
  });

  it.each<[KubeObject, string]>([
    [{ metadata: {} }, 'an object without name'],
    [{ metadata: { name: 'a', namespace: 'n' } }, 'with one it cannot have'],
  ])('must be objects', (bad, text) => {
    expect(() => projection().replace([bad])).toThrow(text);
  });

  it('lead from any state to any other by what is told', () => {
    const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(state, { maxLength: 8 }), (states) => {
        const rows = projection();
        const follower = new Map<string, unknown>();
        let last = rows.revision;
        for (const each of states) {
          for (const { type, object: changed, revision } of rows.replace(
            Object.entries(each).map(([name, size]) => object(name, size)),
          )) {
            expect(revision).toBe(++last);
            if (type === 'DELETED') follower.delete(changed.name);
            else follower.set(changed.name, changed.value['spec']);
          }
          expect(Object.fromEntries(follower)).toEqual(
            Object.fromEntries(Object.entries(each).map(([name, size]) => [name, { size }])),
          );
        }
      }),
    );
  });
});
