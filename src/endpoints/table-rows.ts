import type { JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import { ageOf } from '../apimachinery/table/human-duration.js';
import type { TableConvertor, TableRowCells } from '../apimachinery/table/table.js';
import type { StoredObject } from '../storage/storage.js';

/** Rows kept for the next reader; beyond this the memory starts afresh. */
const ROWS_MAX = 50_000;
/** Cells that tell other times than the age are made anew after this time. */
const OTHER_TIMES_MS = 1000;
/** Far enough ahead for every cell that tells a time to read differently. */
const LATER_MS = 20 * 365 * 24 * 3600 * 1000;

/** A row without its object: JSON text of each cell, with what it takes to bring it up to date. */
interface Row {
  readonly cells: readonly string[];
  readonly conditions: string;
  /** Cells that tell the object's age, and the time it is counted from. */
  readonly ages: readonly number[];
  readonly created: string | undefined;
  readonly validUntil: number;
}

let rows = new WeakMap<StoredObject, Map<string, Row>>();
let kept = 0;

/**
 * The cells of a row as the beginning of its JSON text (`{"cells":[...]` and conditions, no closing brace). Remembered for a
 * stored object: a later reader only has its age counted anew.
 * @param now ms since the epoch
 */
export function rowText(
  table: TableConvertor,
  key: string,
  stored: StoredObject | undefined,
  object: () => Readonly<KubeObject>,
  list: boolean,
  now: number,
): string {
  const byKey = stored === undefined ? undefined : rows.get(stored);
  const known = byKey?.get(key);
  if (known !== undefined && now < known.validUntil) return textOf(known, now);
  const row = makeRow(table, object(), list, now);
  if (stored !== undefined) remember(stored, byKey, key, row);
  return textOf(row, now);
}

function textOf({ cells, ages, created, conditions }: Row, now: number): string {
  if (ages.length === 0) return `{"cells":[${cells.join(',')}]${conditions}`;
  const age = encodeJson(ageOf(created, now));
  return `{"cells":[${cells.map((cell, i) => (ages.includes(i) ? age : cell)).join(',')}]${conditions}`;
}

/** Which cells tell a time is found out by asking for the row of another day. */
function makeRow(table: TableConvertor, object: Readonly<KubeObject>, list: boolean, now: number): Row {
  const { cells, conditions }: TableRowCells = table.row(object, { list, now });
  const created = object.metadata.creationTimestamp;
  const later = table.timeDependent ? table.row(object, { list, now: now + LATER_MS }).cells : cells;
  const timed = cells.flatMap((cell, i) => (cell === later[i] || isSame(cell, later[i]) ? [] : [i]));
  const age = ageOf(created, now);
  const onlyAges = timed.every((i) => cells[i] === age);
  return {
    cells: cells.map((cell) => encodeJson(cell)),
    conditions: conditions === undefined ? '' : `,"conditions":${encodeJson(conditions)}`,
    ages: onlyAges ? timed : [],
    created,
    validUntil: onlyAges ? Number.POSITIVE_INFINITY : now + OTHER_TIMES_MS,
  };
}

function isSame(a: JsonValue, b: JsonValue | undefined): boolean {
  return typeof a === 'object' && a !== null && b !== undefined && encodeJson(a) === encodeJson(b);
}

function remember(stored: StoredObject, byKey: Map<string, Row> | undefined, key: string, row: Row): void {
  if (byKey !== undefined) {
    byKey.set(key, row);
    return;
  }
  if (kept >= ROWS_MAX) {
    rows = new WeakMap();
    kept = 0;
  }
  kept++;
  rows.set(stored, new Map([[key, row]]));
}
