import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { StoredObject } from '../storage/storage.js';

/** Rows kept for the next reader; beyond this the memory starts afresh. */
const ROWS_MAX = 50_000;
/** Ages of young objects are told to the second. */
const YOUNG_MS = 10 * 60_000;
const YOUNG_ROW_MS = 1000;
const OLD_ROW_MS = 10_000;

interface Row {
  /** `{"cells":[...]` with conditions, without the object and the closing brace. */
  readonly text: string;
  readonly validUntil: number;
}

let rows = new WeakMap<StoredObject, Map<string, Row>>();
let kept = 0;

/** The cells of a row as the beginning of its JSON text; remembered for a stored object as long as no cell would change. */
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
  if (known !== undefined && now < known.validUntil) return known.text;
  const value = object();
  const { cells, conditions } = table.row(value, { list, now });
  const text = `{"cells":${encodeJson(cells)}${conditions === undefined ? '' : `,"conditions":${encodeJson(conditions)}`}`;
  if (stored !== undefined) remember(stored, byKey, key, { text, validUntil: validity(table, value, now) });
  return text;
}

function validity(table: TableConvertor, { metadata }: Readonly<KubeObject>, now: number): number {
  if (!table.timeDependent) return Number.POSITIVE_INFINITY;
  const age = now - Date.parse(metadata.creationTimestamp ?? '');
  const step = age > YOUNG_MS ? OLD_ROW_MS : YOUNG_ROW_MS;
  return now - (now % step) + step;
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
