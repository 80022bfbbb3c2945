import { badRequest } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import { ChunkBuilder } from './chunks.js';
import { metadataJson } from './partial-metadata.js';
import { represent, viewInVersion, viewsInVersion } from './representation.js';
import type { RequestScope } from './request-scope.js';
import { rowText } from './table-rows.js';
import { withType } from './type-meta.js';

/** What a row carries beside its cells. */
type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Rows made in one go before other requests get a turn. */
const ROWS_A_TURN = 200;

/** `?includeObject=`. @throws StatusError 400 */
function includeObject({ request }: RequestScope): IncludeObject {
  const value = request.query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'Object' || value === 'None') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/**
 * Objects as a Table. A list gives its own metadata; a single object's table carries that object's resourceVersion.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
export async function tableJson(
  scope: RequestScope,
  views: readonly ObjectView[],
  list: ListResult | undefined,
  version: string,
): Promise<Buffer[]> {
  const include = includeObject(scope);
  // Cells of built-in kinds are made from the hub version, those of custom resources from the version asked for.
  const shown = list === undefined ? [await viewInVersion(scope, views[0]!)] : await viewsInVersion(scope, views);
  const rows = new RowEncoder(
    scope,
    tableOf(scope, list === undefined ? undefined : views),
    include,
    version,
    list !== undefined,
  );
  const metadata: JsonObject =
    list === undefined
      ? { resourceVersion: views[0]?.value().metadata.resourceVersion }
      : {
          resourceVersion: list.resourceVersion,
          ...(list.continueToken !== '' && { continue: list.continueToken }),
          ...(list.remainingItemCount !== undefined && { remainingItemCount: list.remainingItemCount }),
        };
  const chunks = new ChunkBuilder(512 + views.length * 512);
  chunks.text(tableHead(version, metadata, encodeJson(columnsOf(scope))));
  const now = Date.now();
  for (let i = 0; i < views.length; i++) {
    if (i > 0 && i % ROWS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    const row = rows.row(shown[i]!, now);
    rows.write(chunks, row instanceof Promise ? await row : row, i > 0);
  }
  chunks.text(']}\n');
  return chunks.finish();
}

function tableHead(version: string, metadata: JsonObject, columns: string): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${encodeJson(metadata)},"columnDefinitions":${columns},"rows":[`;
}

/** @param list the objects of a list: the rows of some kinds depend on each other */
function tableOf({ version, subresource, whole }: RequestScope, list?: readonly ObjectView[]): TableConvertor {
  const table = whole ? version.table : (subresource?.table ?? version.table);
  if (list === undefined || table.forList === undefined) return table;
  return table.forList(list.map((view) => view.value()));
}

function columnsOf(scope: RequestScope) {
  return tableOf(scope).columns;
}

interface EncodedRow {
  readonly cells: string;
  readonly object: Buffer | undefined;
}

class RowEncoder {
  private readonly key: string;

  constructor(
    private readonly scope: RequestScope,
    private readonly table: TableConvertor,
    private readonly include: IncludeObject,
    private readonly version: string,
    private readonly list: boolean,
  ) {
    this.key = `${scope.version.version}:${scope.version.form?.key ?? ''}:${list}`;
  }

  row(view: ObjectView, now: number): EncodedRow | Promise<EncodedRow> {
    const cells = this.cells(view, () => view.value(), now);
    if (this.include !== 'Object') return { cells, object: this.metadata(view) };
    return this.wholeRow(cells, view);
  }

  write(chunks: ChunkBuilder, { cells, object }: EncodedRow, comma: boolean): void {
    if (object === undefined) {
      chunks.text(`${comma ? ',' : ''}${cells},"object":null}`);
      return;
    }
    chunks.text(`${comma ? ',' : ''}${cells},"object":`);
    chunks.push(object);
    chunks.text('}');
  }

  private async wholeRow(cells: string, view: ObjectView): Promise<EncodedRow> {
    const bare = await represent(this.scope, view);
    return { cells, object: withType(this.scope.kind.kind, this.scope.apiVersion, bare, false) };
  }

  private cells(view: ObjectView, object: () => ReturnType<ObjectView['value']>, now: number): string {
    // Rows that depend on the list they stand in mean nothing to the next reader.
    const memory = this.list && tableOf(this.scope).forList !== undefined ? undefined : view.stored;
    return rowText(this.table, this.key, memory, object, this.list, now);
  }

  private metadata(view: ObjectView): Buffer | undefined {
    return this.include === 'None' ? undefined : metadataJson(view, this.version);
  }
}

/** Tables of a watch: one row an event; only the first defines the columns. */
export class TableEventEncoder {
  private first = true;
  private readonly rows: RowEncoder;

  constructor(
    private readonly scope: RequestScope,
    private readonly version: string,
  ) {
    this.rows = new RowEncoder(scope, tableOf(scope), includeObject(scope), version, false);
  }

  async object(view: ObjectView): Promise<Buffer> {
    const row = await this.rows.row(await viewInVersion(this.scope, view), Date.now());
    const chunks = new ChunkBuilder(1024);
    chunks.text(this.head({ resourceVersion: view.value().metadata.resourceVersion }));
    this.rows.write(chunks, row, false);
    chunks.text(']}');
    return Buffer.concat(chunks.finish());
  }

  bookmark(metadata: JsonObject): Buffer {
    const object = { kind: this.scope.kind.kind, apiVersion: this.scope.apiVersion, metadata };
    const row = encodeJson({ cells: this.scope.version.table.columns.map(() => null), object });
    return Buffer.from(`${this.head({ resourceVersion: metadata.resourceVersion })}${row}]}`);
  }

  private head(metadata: JsonObject): string {
    const columns = this.first ? encodeJson(columnsOf(this.scope)) : 'null';
    this.first = false;
    return tableHead(this.version, metadata, columns);
  }
}
