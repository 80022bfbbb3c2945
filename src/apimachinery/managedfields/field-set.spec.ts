import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  equalSets,
  type FieldSet,
  forEachPath,
  insertPath,
  intersection,
  isSubset,
  type MutableFieldSet,
  recursiveDifference,
  sortedSet,
  union,
} from './field-set.js';
import { formatFieldPath, parseFieldSet } from './path-element.js';

type Path = string[];

const paths = () =>
  fc.array(fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"n":1}', 'v:"x"'), { minLength: 1, maxLength: 3 }), {
    maxLength: 6,
  });

function setOf(list: readonly Path[]): FieldSet {
  const set: MutableFieldSet = {};
  for (const path of list) insertPath(set, path);
  return set;
}

function membersOf(set: FieldSet): Set<string> {
  const members = new Set<string>();
  forEachPath(set, (path) => members.add(path.join('/')));
  return members;
}

const keys = (list: readonly Path[]) => new Set(list.map((path) => path.join('/')));

describe('field sets', () => {
  it('work as plain sets of paths do', () => {
    fc.assert(
      fc.property(paths(), paths(), (a, b) => {
        const [setA, setB] = [setOf(a), setOf(b)];
        const [keysA, keysB] = [keys(a), keys(b)];
        const before = JSON.stringify([setA, setB]);
        expect(membersOf(setA)).toEqual(keysA);
        expect(membersOf(union(setA, setB))).toEqual(new Set([...keysA, ...keysB]));
        expect(membersOf(difference(setA, setB))).toEqual(new Set([...keysA].filter((key) => !keysB.has(key))));
        expect(membersOf(intersection(setA, setB) ?? {})).toEqual(new Set([...keysA].filter((key) => keysB.has(key))));
        const below = (key: string) => [...keysB].some((member) => key === member || key.startsWith(`${member}/`));
        expect(membersOf(recursiveDifference(setA, setB))).toEqual(new Set([...keysA].filter((key) => !below(key))));
        expect(isSubset(setA, setB)).toBe([...keysA].every((key) => keysB.has(key)));
        expect(equalSets(setA, setB)).toBe(isSubset(setA, setB) && isSubset(setB, setA));
        expect(JSON.stringify([setA, setB])).toBe(before);
      }),
    );
  });

  it('survive writing and reading, in an order that does not depend on how they were built', () => {
    fc.assert(
      fc.property(paths(), (list) => {
        const text = JSON.stringify(sortedSet(setOf(list)));
        expect(JSON.stringify(sortedSet(setOf([...list].reverse())))).toBe(text);
        const read = parseFieldSet(JSON.parse(text));
        expect(membersOf(read!)).toEqual(keys(list));
      }),
    );
  });

  it('are written with fields first, then keys by value, then values', () => {
    const set = setOf([
      ['v:"b"'],
      ['v:2'],
      ['v:10'],
      ['k:{"port":443}'],
      ['k:{"port":80}'],
      ['f:b'],
      ['f:a', 'f:z'],
      ['f:a'],
    ]);
    expect(JSON.stringify(sortedSet(set))).toBe(
      '{"f:a":{".":{},"f:z":{}},"f:b":{},"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{},"v:2":{},"v:10":{},"v:\\"b\\"":{}}',
    );
  });

  it('read keys in any spelling, pass over unknown elements and refuse malformed ones', () => {
    expect(parseFieldSet({ 'k:{ "b":1, "a":"x"}': {}, 'z:new': {} })).toEqual({ 'k:{"a":"x","b":1}': {} });
    for (const wrong of ['k:{', 'v:', 'i:x', 'f', 'k:5']) expect(parseFieldSet({ [wrong]: {} })).toBeUndefined();
    expect(parseFieldSet({ 'f:a': 5 })).toBeUndefined();
    expect(parseFieldSet([])).toBeUndefined();
  });

  it('print paths as messages have them', () => {
    expect(formatFieldPath(['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'])).toBe(
      '.spec.ports[port=80,protocol="TCP"].name',
    );
    expect(formatFieldPath(['f:finalizers', 'v:"x"', 'i:3'])).toBe('.finalizers[="x"][3]');
  });
});

it('keys of long integers are shown whole', () => {
  expect(formatFieldPath(['f:a', 'k:{"n":1152921504606846977}'])).toBe('.a[n=1152921504606846977]');
});
