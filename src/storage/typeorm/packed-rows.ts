/** What stands in a row beside its bytes. Numbers must be whole. */
type Short = string | number | null;

/** Where bytes stand in the blob, from 1, and how many there are; nulls where there are none. */
type Place = readonly [from: number, length: number] | readonly [null, null];

/**
 * The rows of one statement, for `json_each`: short values as one JSON text, long ones side by side in one blob. The driver takes a
 * microsecond and more for each value it binds, which a batch of writes feels.
 */
export class PackedRows {
  private readonly rows: (readonly Short[])[] = [];
  private readonly parts: Buffer[] = [];
  private used = 0;

  add(values: readonly Short[], bytes: Buffer | undefined): void {
    this.rows.push([...values, ...this.place(bytes)]);
  }

  /** The two values to bind. */
  values(): [rows: string, bytes: Buffer] {
    return [JSON.stringify(this.rows), this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts, this.used)];
  }

  private place(bytes: Buffer | undefined): Place {
    if (bytes === undefined) return [null, null];
    const from = this.used + 1;
    this.parts.push(bytes);
    this.used += bytes.length;
    return [from, bytes.length];
  }
}
