import type { JsonObject, JsonValue } from '../meta/json.js';
import type { KubeObject } from '../meta/object.js';

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface TableColumn extends JsonObject {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface TableRowCells {
  readonly cells: JsonValue[];
  readonly conditions?: JsonObject[];
}

/** Where a row is printed: some cells differ between a single object and a list (default storage class). */
export interface TableContext {
  readonly list: boolean;
  /** Ages are told against this time, ms since the epoch. */
  readonly now: number;
}

/** Cells of a kind. The row of an object does not depend on the other rows, unless there is `forList`. */
export interface TableConvertor {
  readonly columns: readonly TableColumn[];
  /** @param object of a built-in kind in its hub version, of a custom resource in the version asked for */
  row(object: Readonly<KubeObject>, context: TableContext): TableRowCells;
  /** True where cells tell ages or other times: rows may then not be remembered for long. */
  readonly timeDependent: boolean;
  /** Order of the rows of a list, where it is not that of the list. */
  readonly compare?: (a: Readonly<KubeObject>, b: Readonly<KubeObject>) => number;
  /** The convertor for the rows of one list, where rows depend on each other (the default storage class): remember none of its rows. */
  forList?(objects: readonly Readonly<KubeObject>[]): TableConvertor;
}
