import { describe, expect, it, vi } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { ageOf } from '../apimachinery/table/human-duration.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { StoredObject } from '../storage/storage.js';
import { JoinedItems } from './joined-items.js';
import { Ages, TABLE_ROWS, tableRow } from './table-rows.js';

const CREATED = '2026-01-01T00:00:00Z';
const AT = Date.parse(CREATED) + 5_000;
const object: KubeObject = { metadata: { name: 'a', creationTimestamp: CREATED } };
const stored = () => ({}) as StoredObject;

function textOf(table: TableConvertor, of: StoredObject, list: boolean, now: number): string {
  const row = tableRow({ table, key: 'k', list }, { value: () => object }, of, Buffer.from('null'), new Ages(now));
  const none = Buffer.alloc(0);
  return new JoinedItems(none, [row], none, TABLE_ROWS).concat().toString();
}

function tableOf(row: TableConvertor['row']): TableConvertor {
  return { columns: [], timeDependent: true, row };
}

describe('rows of a table', () => {
  it('counts the age anew without making the row again', () => {
    const row = vi.fn<TableConvertor['row']>((o, { now }) => ({
      cells: [o.metadata.name!, ageOf(o.metadata.creationTimestamp, now)],
    }));
    const table = tableOf(row);
    const of = stored();
    expect(textOf(table, of, true, AT)).toBe('{"cells":["a","5s"],"object":null}');
    const calls = row.mock.calls.length;
    expect(textOf(table, of, true, AT + 60_000)).toBe('{"cells":["a","65s"],"object":null}');
    expect(row.mock.calls.length).toBe(calls);
  });

  it('makes a row that tells other times again after a second', () => {
    const table = tableOf((_o, { now }) => ({ cells: [`3 (${Math.round((now - AT) / 1000)}s ago)`] }));
    const of = stored();
    expect(textOf(table, of, true, AT)).toBe('{"cells":["3 (0s ago)"],"object":null}');
    expect(textOf(table, of, true, AT + 3_000)).toBe('{"cells":["3 (3s ago)"],"object":null}');
  });

  it('keeps rows that tell no time for good, conditions included', () => {
    const row = vi.fn<TableConvertor['row']>(() => ({ cells: [1, null, ['x']], conditions: [{ type: 'Completed' }] }));
    const of = stored();
    const text = '{"cells":[1,null,["x"]],"conditions":[{"type":"Completed"}],"object":null}';
    expect(textOf(tableOf(row), of, false, AT)).toBe(text);
    const calls = row.mock.calls.length;
    expect(textOf(tableOf(row), of, false, AT + 1e9)).toBe(text);
    expect(row.mock.calls.length).toBe(calls);
  });
});
