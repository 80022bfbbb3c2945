import { badRequest } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import { TimeSlices } from '../storage/cacher/time-slices.js';
import { JoinedItems } from './joined-items.js';
import { metadataJson, partialMetadata } from './partial-metadata.js';
import { represent, viewInVersion, viewsInVersion } from './representation.js';
import type { RequestScope } from './request-scope.js';
import { Ages, type RowForm, TABLE_ROWS, type TableRow, tableRow } from './table-rows.js';
import { withType } from './type-meta.js';

/** What a row carries beside its cells. */
type IncludeObject = 'None' | 'Metadata' | 'Object';

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
): Promise<JoinedItems<TableRow>> {
  views = list === undefined ? views : inTableOrder(scope, views);
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
  const head = Buffer.from(tableHead(version, metadata, encodeJson(columnsOf(scope))));
  const made: TableRow[] = [];
  const ages = new Ages(Date.now());
  const slices = new TimeSlices();
  for (let i = 0; i < views.length; i++) {
    if (slices.due()) await slices.pause();
    const row = rows.row(shown[i]!, ages);
    made.push(row instanceof Promise ? await row : row);
  }
  return new JoinedItems(head, made, TABLE_END, TABLE_ROWS);
}

const TABLE_END = Buffer.from(']}\n');
const NO_OBJECT = Buffer.from('null');

function tableHead(version: string, metadata: JsonObject, columns: string): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${encodeJson(metadata)},"columnDefinitions":${columns},"rows":[`;
}

/** The rows of some kinds have an order of their own. */
function inTableOrder(scope: RequestScope, views: readonly ObjectView[]): readonly ObjectView[] {
  const { compare } = tableOf(scope);
  return compare === undefined ? views : [...views].sort((a, b) => compare(a.value(), b.value()));
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

class RowEncoder {
  private readonly form: RowForm;
  private readonly remembers: boolean;

  constructor(
    private readonly scope: RequestScope,
    table: TableConvertor,
    private readonly include: IncludeObject,
    private readonly version: string,
    list: boolean,
  ) {
    this.form = { table, key: `${scope.version.version}:${scope.version.form?.key ?? ''}:${list}`, list };
    // Rows that depend on the list they stand in mean nothing to the next reader.
    this.remembers = !(list && tableOf(scope).forList !== undefined);
  }

  row(view: ObjectView, ages: Ages): TableRow | Promise<TableRow> {
    if (this.include === 'Object') return this.rowWithObject(view, ages);
    const object = this.include === 'None' ? NO_OBJECT : metadataJson(view, this.version);
    return this.rowWith(view, object, ages);
  }

  private async rowWithObject(view: ObjectView, ages: Ages): Promise<TableRow> {
    const bare = await represent(this.scope, view);
    const object = withType(this.scope.kind.kind, this.scope.apiVersion, bare, false);
    return this.rowWith(view, object, ages);
  }

  private rowWith(view: ObjectView, object: Buffer, ages: Ages): TableRow {
    return tableRow(this.form, view, this.remembers ? view.stored : undefined, object, ages);
  }
}

const EVENT_END = Buffer.from(']}');

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
    const row = await this.rows.row(await viewInVersion(this.scope, view), new Ages(Date.now()));
    const head = this.head({ resourceVersion: view.value().metadata.resourceVersion });
    return new JoinedItems(Buffer.from(head), [row], EVENT_END, TABLE_ROWS).concat();
  }

  /** One row of an object that has nothing but this metadata. @param whole it with all that answers spell out */
  bookmark(whole: KubeObject): Buffer {
    const { cells } = tableOf(this.scope).row(whole, { list: false, now: Date.now() });
    const object = includeObject(this.scope) === 'Object' ? whole : partialMetadata(whole, this.version);
    const head = this.head({ resourceVersion: whole.metadata.resourceVersion });
    return Buffer.from(`${head}${encodeJson({ cells, object })}]}`);
  }

  private head(metadata: JsonObject): string {
    const columns = this.first ? encodeJson(columnsOf(this.scope)) : 'null';
    this.first = false;
    return tableHead(this.version, metadata, columns);
  }
}
