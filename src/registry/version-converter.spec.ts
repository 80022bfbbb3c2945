import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { VersionConverter, VersionConverters } from './version-converter.js';

type Convert = VersionConverter['convert'];

class BoatConverter extends VersionConverter {
  readonly group = 'sea.example.com';
  readonly kind = 'Boat';

  constructor(readonly convert: Convert) {
    super();
  }
}

const BOAT = { group: 'sea.example.com', kind: 'Boat' };
const boat = (name = 'a'): KubeObject => ({
  metadata: { name, namespace: 'n', uid: 'x', generation: 3, finalizers: ['a/b'] },
  spec: { size: 1 },
});
const FAILED = 'conversion of sea.example.com/v1, Kind=Boat failed: ';

function joined(convert: Convert) {
  const converters = new VersionConverters();
  converters.add(new BoatConverter(convert));
  return converters.find(BOAT)!;
}

const rename: Convert = ({ spec, ...rest }) =>
  ({ ...rest, spec: { length: (spec as { size: number }).size } }) as KubeObject;

describe('a converter in this process', () => {
  it('gets the object with its type, and gives it in the other version', async () => {
    const seen: unknown[] = [];
    const converter = joined((object, from, to) => {
      seen.push([object.apiVersion, object.kind, from, to]);
      return rename(object, from, to);
    });
    expect(await converter.convert(boat(), 'v1', 'v2')).toEqual({ metadata: boat().metadata, spec: { length: 1 } });
    expect(seen).toEqual([['sea.example.com/v1', 'Boat', 'v1', 'v2']]);
  });

  it('gives the type of the target version where the object came with one', async () => {
    const typed = { apiVersion: 'sea.example.com/v1', kind: 'Boat', ...boat() };
    expect(await joined(rename).convert(typed, 'v1', 'v2')).toMatchObject({
      apiVersion: 'sea.example.com/v2',
      kind: 'Boat',
    });
  });

  it('is not asked where the version stays', () => {
    const object = boat();
    const never = joined(() => {
      throw new Error('asked');
    });
    expect(never.convert(object, 'v1', 'v1')).toBe(object);
  });

  it('may change labels and annotations, and nothing else of the metadata', async () => {
    const original = boat();
    const converted = await joined((object) => {
      object.metadata.labels = { old: 'size' };
      object.metadata.generation = 99;
      object.metadata.finalizers!.push('mine/too');
      return object;
    }).convert(original, 'v1', 'v2');
    expect(converted.metadata).toEqual({ ...boat().metadata, labels: { old: 'size' } });
    expect(original).toEqual(boat());
  });

  it('converts many in order, also when it takes its time', async () => {
    const slow = joined(async (object, from, to) => {
      await new Promise((resolve) => setTimeout(resolve, object.metadata.name === 'a' ? 5 : 0));
      return rename(object, from, to);
    });
    const converted = await slow.convertAll!([boat('a'), boat('b')], 'v1', 'v2');
    expect(converted.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  it.each<[string, Convert, string]>([
    [
      'throws',
      () => {
        throw new Error('no wind');
      },
      'no wind',
    ],
    ['rejects', () => Promise.reject(new Error('no wind')), 'no wind'],
    [
      'renames',
      (object) => ({ ...object, metadata: { ...object.metadata, name: 'b' } }),
      'the object: must have the same name: a != b',
    ],
    ['changes the kind', (object) => ({ ...object, kind: 'Ship' }), 'the object has another kind: Boat != Ship'],
    [
      'speaks a third version',
      (object) => ({ ...object, apiVersion: 'v1' }),
      'the object has another version: sea.example.com/v2 != v1',
    ],
    [
      'sets a label that is no text',
      (object) => ({ ...object, metadata: { ...object.metadata, labels: { a: 1 } as never } }),
      'the object: invalid metadata.labels in converted object',
    ],
  ])('answers 500 where it %s', async (_what, convert, text) => {
    const failing = async () => joined(convert).convert(boat(), 'v1', 'v2');
    await expect(failing()).rejects.toMatchObject({ code: 500, message: FAILED + text });
  });
});

describe('the converters of plugins', () => {
  it('are one a kind', () => {
    const converters = new VersionConverters();
    converters.add(new BoatConverter(rename));
    expect(() => converters.add(new BoatConverter(rename))).toThrow('Boat.sea.example.com has a converter already');
    expect(converters.find({ ...BOAT, kind: 'Ship' })).toBeUndefined();
  });

  it('come before their kind is served', () => {
    const converters = new VersionConverters();
    converters.find(BOAT);
    expect(() => converters.add(new BoatConverter(rename))).toThrow('served already');
  });
});
