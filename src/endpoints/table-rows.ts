import type { JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import { ageOf } from '../apimachinery/table/human-duration.js';
import type { TableConvertor, TableRowCells } from '../apimachinery/table/table.js';
import type { StoredObject } from '../storage/storage.js';

/** Bytes of rows kept for the next reader; beyond this the memory starts afresh. */
const ROWS_BYTES_MAX = 48 * 1024 * 1024;
/** Ages of younger objects are told to the second: their rows are not worth keeping whole. */
const YOUNG_MS = 10 * 60_000;
/** Cells that tell other times than the age are made anew after this time. */
const OTHER_TIMES_MS = 1000;
/** Far enough ahead for every cell that tells a time to read differently. */
const LATER_MS = 20 * 365 * 24 * 3600 * 1000;

/** What is known of a row: JSON text of each cell, with what it takes to bring it up to date. */
interface Row {
  readonly cells: readonly string[];
  readonly conditions: string;
  /** Cells that tell the object's age, and the time it is counted from. */
  readonly ages: readonly number[];
  readonly created: string | undefined;
  readonly validUntil: number;
  /** The whole row as last written, and the age it told. */
  written: { readonly age: string; readonly text: Buffer } | undefined;
}

let rows = new WeakMap<StoredObject, Map<string, Row>>();
let keptBytes = 0;

/** Where a row comes from. */
export interface RowSource {
  readonly table: TableConvertor;
  /** Version, list or single, and what the row carries: rows of one object that differ in these are kept apart. */
  readonly key: string;
  /** Undefined where nothing may be remembered. */
  readonly stored: StoredObject | undefined;
  readonly list: boolean;
  value(): Readonly<KubeObject>;
  /** What stands as the row's `object`. */
  object(): Buffer;
}

/**
 * A row as JSON text. Remembered for a stored object: as long as its age reads the same it is passed on as it is, and then only
 * its age is counted anew.
 * @param now ms since the epoch
 */
export function rowJson(source: RowSource, now: number): Buffer {
  const byKey = source.stored === undefined ? undefined : rows.get(source.stored);
  let row = byKey?.get(source.key);
  if (row === undefined || now >= row.validUntil) {
    row = makeRow(source.table, source.value(), source.list, now);
    if (source.stored !== undefined) remember(source.stored, byKey, source.key, row);
  }
  const age = row.ages.length === 0 ? '' : encodeJson(ageOf(row.created, now));
  if (row.written?.age === age) return row.written.text;
  const text = Buffer.concat([Buffer.from(`${cellsOf(row, age)},"object":`), source.object(), END]);
  if (source.stored !== undefined && keepsWell(row, now)) {
    keptBytes += text.length - (row.written?.text.length ?? 0);
    row.written = { age, text };
  }
  return text;
}

const END = Buffer.from('}');

function keepsWell({ ages, created }: Row, now: number): boolean {
  return ages.length === 0 || now - Date.parse(created ?? '') > YOUNG_MS;
}

function cellsOf({ cells, ages, conditions }: Row, age: string): string {
  if (ages.length === 0) return `{"cells":[${cells.join(',')}]${conditions}`;
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
    written: undefined,
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
  if (keptBytes >= ROWS_BYTES_MAX) {
    rows = new WeakMap();
    keptBytes = 0;
  }
  rows.set(stored, new Map([[key, row]]));
}
