import { describe, expect, it, vi } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { ageOf } from '../apimachinery/table/human-duration.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { StoredObject } from '../storage/storage.js';
import { rowText } from './table-rows.js';

const CREATED = '2026-01-01T00:00:00Z';
const AT = Date.parse(CREATED) + 5_000;
const object: KubeObject = { metadata: { name: 'a', creationTimestamp: CREATED } };
const stored = () => ({}) as StoredObject;

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
    expect(rowText(table, 'k', of, () => object, true, AT)).toBe('{"cells":["a","5s"]');
    const calls = row.mock.calls.length;
    expect(rowText(table, 'k', of, () => object, true, AT + 60_000)).toBe('{"cells":["a","65s"]');
    expect(row.mock.calls.length).toBe(calls);
  });

  it('makes a row that tells other times again after a second', () => {
    const table = tableOf((_o, { now }) => ({ cells: [`3 (${Math.round((now - AT) / 1000)}s ago)`] }));
    const of = stored();
    expect(rowText(table, 'k', of, () => object, true, AT)).toBe('{"cells":["3 (0s ago)"]');
    expect(rowText(table, 'k', of, () => object, true, AT + 3_000)).toBe('{"cells":["3 (3s ago)"]');
  });

  it('keeps rows that tell no time for good, conditions included', () => {
    const row = vi.fn<TableConvertor['row']>(() => ({ cells: [1, null, ['x']], conditions: [{ type: 'Completed' }] }));
    const of = stored();
    const text = '{"cells":[1,null,["x"]],"conditions":[{"type":"Completed"}]';
    expect(rowText(tableOf(row), 'k', of, () => object, false, AT)).toBe(text);
    const calls = row.mock.calls.length;
    expect(rowText(tableOf(row), 'k', of, () => object, false, AT + 1e9)).toBe(text);
    expect(row.mock.calls.length).toBe(calls);
  });
});
