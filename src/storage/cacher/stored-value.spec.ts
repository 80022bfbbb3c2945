import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { encodeContent } from '../content.js';
import { inWrittenForm, readStoredValue } from './stored-value.js';

const written = (object: KubeObject, revision = 7) =>
  Buffer.from(encodeContent(object, { labels: {}, fields: {} }).text(revision));
const whole = written({
  metadata: { name: 'one', namespace: 'n', labels: { é: '漢' } },
  data: { password: 'hunter2' },
});
const read = (value: Buffer | string) => readStoredValue(Buffer.from(value), 'n', 'one');

describe('readStoredValue', () => {
  it('reads what the writer writes', () => {
    expect(read(whole)).toMatchObject({ object: { metadata: { name: 'one', resourceVersion: '7' } } });
    expect(readStoredValue(written({ metadata: { name: 'node' } }), '', 'node')).toHaveProperty('object');
  });

  it.each([
    ['{"metadata":{"name":"one","namespace":"n","annotations":null}}', 'metadata.annotations is no map of strings'],
    ['{"metadata":{"name":"one","namespace":"n","finalizers":["a",1]}}', 'metadata.finalizers is no list of strings'],
    [
      '{"metadata":{"name":"one","namespace":"n","ownerReferences":["a"]}}',
      'metadata.ownerReferences is no list of objects',
    ],
    ['{"metadata":{"name":"one","namespace":"n","uid":1}}', 'metadata.uid is no string'],
    ['{"metadata":{"name":"one","namespace":"n","deletionTimestamp":{}}}', 'metadata.deletionTimestamp is no string'],
    ['{"metadata":{"name":"one"}}', "metadata.namespace is not the key's"],
    ['{"metadata":[]}', 'no metadata'],
    ['null', 'not a JSON object'],
  ])('says what is wrong with %s', (value, fault) => {
    expect(read(value)).toEqual({ fault });
  });

  it('asks what the collection knows of the type, without losing digits', () => {
    const asked: unknown[] = [];
    const faultOf = (object: KubeObject) => {
      asked.push(object['n']);
      return object['n'] === 9223372036854775807n || object['n'] === 1 ? undefined : 'out of range';
    };
    const value = (n: string) => Buffer.from(`{"metadata":{"name":"one","namespace":"n"},"n":${n}}`);
    const ask = (n: string) => readStoredValue(value(n), 'n', 'one', faultOf);
    expect(ask('1')).toHaveProperty('object');
    expect(ask('9223372036854775807')).toHaveProperty('object');
    expect(ask('"x"')).toEqual({ fault: 'out of range' });
    expect(asked).toEqual([1, 2 ** 63, 9223372036854775807n, 'x', 'x']);
  });

  it('takes any damage for an object or for a fault that tells nothing of the content', () => {
    const position = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(position, fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const damaged = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) damaged[at] = byte;
        const found = read(damaged);
        if ('object' in found) expect(found.object.metadata).toMatchObject({ name: 'one', namespace: 'n' });
        else expect(found.fault).not.toMatch(/hunter2|password/);
        if (cut) expect(found).toHaveProperty('fault');
      }),
    );
  });
});

describe('inWrittenForm', () => {
  const form = (value: string, revision: number) => {
    const found = read(value);
    if ('fault' in found) throw new Error(found.fault);
    return inWrittenForm(Buffer.from(value), found.object, revision).toString();
  };

  it('leaves alone what the writer wrote', () => {
    const found = read(whole);
    expect('object' in found && inWrittenForm(whole, found.object, 7)).toBe(whole);
  });

  it('spells the rest as the writer would, at its revision, with every digit', () => {
    expect(form('{"metadata":{"name":"one","namespace":"n","resourceVersion":"3"},"n":9007199254740993}\n', 9)).toBe(
      '{"metadata":{"resourceVersion":"9","name":"one","namespace":"n"},"n":9007199254740993}',
    );
    expect(form('{"kind":"Secret","metadata":{"name":"one","namespace":"n","resourceVersion":"9"}}', 9)).toBe(
      '{"metadata":{"resourceVersion":"9","name":"one","namespace":"n"}}',
    );
  });
});
