import type { JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import { ageOf } from '../apimachinery/table/human-duration.js';
import type { TableConvertor, TableRowCells } from '../apimachinery/table/table.js';
import { BytePacker } from '../storage/byte-packer.js';
import type { StoredObject } from '../storage/storage.js';
import type { ItemWriter } from './joined-items.js';

/** Bytes of cells kept for the next reader; beyond this the memory starts afresh. */
const CELLS_BYTES_MAX = 32 * 1024 * 1024;
/** Cells that tell other times than the age are made anew after this time. */
const OTHER_TIMES_MS = 1000;
/** Far enough ahead for every cell that tells a time to read differently. */
const LATER_MS = 20 * 365 * 24 * 3600 * 1000;

/** What is known of an object's cells: the JSON text around each place where its age stands. */
interface Cells {
  /** From `{"cells":[` to `,"object":`; one more than there are ages. */
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
  /** What the age is counted from. */
  readonly created: string | undefined;
  /** ms since the epoch */
  readonly validUntil: number;
}

/** A row, ready to be put together. */
export interface TableRow {
  readonly cells: Cells;
  readonly age: Buffer;
  /** What stands as the row's `object`. */
  readonly object: Buffer;
}

let remembered = new WeakMap<StoredObject, Map<string, Cells>>();
let keptBytes = 0;
const packer = new BytePacker();

/** What the rows of one table share. */
export interface RowForm {
  readonly table: TableConvertor;
  /** Version, and whether in a list or single: rows of one object that differ in these are kept apart. */
  readonly key: string;
  readonly list: boolean;
}

/** What a row is of. */
interface Rowed {
  value(): Readonly<KubeObject>;
}

/** Ages as JSON texts, told at one time: objects that were made in the same second share them. */
export class Ages {
  private readonly texts = new Map<string | undefined, Buffer>();

  /** @param now ms since the epoch */
  constructor(readonly now: number) {}

  of(created: string | undefined): Buffer {
    let text = this.texts.get(created);
    if (text === undefined) {
      text = Buffer.from(encodeJson(ageOf(created, this.now)));
      this.texts.set(created, text);
    }
    return text;
  }
}

/**
 * The row of an object; its cells are remembered for a stored one, and only its age is counted anew.
 * @param stored undefined where nothing may be remembered
 * @param object what stands as the row's `object`
 */
export function tableRow(
  form: RowForm,
  rowed: Rowed,
  stored: StoredObject | undefined,
  object: Buffer,
  ages: Ages,
): TableRow {
  const byKey = stored === undefined ? undefined : remembered.get(stored);
  let cells = byKey?.get(form.key);
  if (cells === undefined || ages.now >= cells.validUntil) {
    cells = makeCells(form.table, rowed.value(), form.list, ages.now);
    if (stored !== undefined) remember(stored, byKey, form.key, cells);
  }
  return { cells, age: ages.of(cells.created), object };
}

const COMMA = 0x2c;
const BRACE = 0x7d;

/** Rows as JSON texts, with commas between them. */
export const TABLE_ROWS: ItemWriter<TableRow> = {
  size: ({ cells, age, object }, first) =>
    cells.bytes + (cells.pieces.length - 1) * age.length + object.length + (first ? 1 : 2),
  write({ cells: { pieces }, age, object }, first, target, at) {
    if (!first) target[at++] = COMMA;
    for (let i = 0; i < pieces.length; i++) {
      if (i > 0) {
        target.set(age, at);
        at += age.length;
      }
      const piece = pieces[i]!;
      target.set(piece, at);
      at += piece.length;
    }
    target.set(object, at);
    at += object.length;
    target[at++] = BRACE;
    return at;
  },
};

/** Which cells tell a time is found out by asking for the row of another day. */
function makeCells(table: TableConvertor, object: Readonly<KubeObject>, list: boolean, now: number): Cells {
  const { cells, conditions }: TableRowCells = table.row(object, { list, now });
  const created = object.metadata.creationTimestamp;
  const later = table.timeDependent ? table.row(object, { list, now: now + LATER_MS }).cells : cells;
  const timed = cells.flatMap((cell, i) => (cell === later[i] || isSame(cell, later[i]) ? [] : [i]));
  const age = ageOf(created, now);
  const onlyAges = timed.every((i) => cells[i] === age);
  const texts = cells.map((cell) => encodeJson(cell));
  const end = `]${conditions === undefined ? '' : `,"conditions":${encodeJson(conditions)}`},"object":`;
  const pieces = around(texts, onlyAges ? timed : [], end);
  return {
    pieces,
    bytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
    created,
    validUntil: onlyAges ? Number.POSITIVE_INFINITY : now + OTHER_TIMES_MS,
  };
}

/** The text of cells, cut where the cells at `gaps` would stand. */
function around(texts: readonly string[], gaps: readonly number[], end: string): Buffer[] {
  const pieces: Buffer[] = [];
  const add = (text: string): void => {
    pieces.push(packer.packText(text, Buffer.byteLength(text)));
  };
  let piece = '{"cells":[';
  for (const [i, text] of texts.entries()) {
    if (i > 0) piece += ',';
    if (gaps.includes(i)) {
      add(piece);
      piece = '';
    } else {
      piece += text;
    }
  }
  add(piece + end);
  return pieces;
}

function isSame(a: JsonValue, b: JsonValue | undefined): boolean {
  return typeof a === 'object' && a !== null && b !== undefined && encodeJson(a) === encodeJson(b);
}

function remember(stored: StoredObject, byKey: Map<string, Cells> | undefined, key: string, cells: Cells): void {
  keptBytes += cells.bytes;
  if (keptBytes > CELLS_BYTES_MAX) {
    remembered = new WeakMap();
    keptBytes = cells.bytes;
    remembered.set(stored, new Map([[key, cells]]));
  } else if (byKey === undefined) {
    remembered.set(stored, new Map([[key, cells]]));
  } else {
    byKey.set(key, cells);
  }
}
