import { describe, expect, it } from 'vitest';
import { PackedRows } from './packed-rows.js';

describe('packed rows', () => {
  it('say where the bytes of each row stand, counted from 1', () => {
    const rows = new PackedRows();
    rows.add(['a', 1], Buffer.from('xyz'));
    rows.add(['b', null], undefined);
    rows.add(['c', 3], Buffer.from(''));
    rows.add(['d', 4], Buffer.from('é'));
    const [text, bytes] = rows.values();
    expect(JSON.parse(text)).toEqual([
      ['a', 1, 1, 3],
      ['b', null, null, null],
      ['c', 3, 4, 0],
      ['d', 4, 4, 2],
    ]);
    expect(bytes.toString()).toBe('xyzé');
  });

  it('are nothing at first', () => {
    expect(new PackedRows().values()).toEqual(['[]', Buffer.alloc(0)]);
  });
});
