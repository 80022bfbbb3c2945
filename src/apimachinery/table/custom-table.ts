import type { JsonObject, JsonValue } from '../meta/json.js';
import { formatGoFloat } from '../runtime/go-float.js';
import { encodeJson } from '../runtime/json.js';
import { NAME_COLUMN } from './default-table.js';
import { ageOf } from './human-duration.js';
import { compileJsonPath, type JsonPath } from './json-path.js';
import type { TableColumn, TableConvertor } from './table.js';

/** A column as a CustomResourceDefinition states it (`additionalPrinterColumns`). */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was made.',
  jsonPath: '.metadata.creationTimestamp',
};

/**
 * The Table of a custom resource: its name, then the columns of the definition, or its age where there are none. A cell is
 * null where nothing is found or the value is not of the column's type.
 * @throws JsonPathError where a column's path cannot be read
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns
 */
export function customTable(given: readonly PrinterColumn[] | null | undefined): TableConvertor {
  const columns = given === undefined || given === null || given.length === 0 ? [AGE] : given;
  const paths: readonly (readonly [string, JsonPath])[] = columns.map((column) => [
    column.type,
    compileJsonPath(column.jsonPath),
  ]);
  return {
    columns: [NAME_COLUMN, ...columns.map(header)],
    timeDependent: columns.some(({ type }) => type === 'date'),
    row: (object, { now }) => {
      const cells: JsonValue[] = [object.metadata.name ?? ''];
      for (const [type, path] of paths) {
        const found = path(object)[0];
        cells.push(found === undefined ? null : cellOf(type, found, now));
      }
      return { cells };
    },
  };
}

function header({ name, type, format = '', description = '', priority = 0, jsonPath }: PrinterColumn): TableColumn {
  return {
    name,
    type,
    format,
    description:
      description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
    priority,
  };
}

function cellOf(type: string, value: JsonValue, now: number): JsonValue {
  switch (type) {
    case 'string':
      return textOf(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? value : null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, now) : null;
    default:
      return null;
  }
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

function dateCell(text: string, now: number): string {
  if (text === '' || text === 'null') return '<unknown>';
  return RFC3339.test(text) && !Number.isNaN(Date.parse(text)) ? ageOf(text, now) : '<invalid>';
}

/** Objects and lists as JSON with sorted fields, everything else as Go prints it. */
function textOf(value: JsonValue): string {
  if (value === null) return '<no value>';
  if (typeof value === 'object') return encodeJson(sorted(value)).replaceAll(/[<>&\u2028\u2029]/g, escapeForHtml);
  return typeof value === 'number' && !Number.isInteger(value) ? formatGoFloat(value) : String(wholeNumber(value));
}

function wholeNumber(value: string | number | bigint | boolean): string | bigint | boolean {
  return typeof value === 'number' ? (Number.isSafeInteger(value) ? BigInt(value) : formatGoFloat(value)) : value;
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const out: [string, JsonValue][] = [];
  for (const name of Object.keys(value as JsonObject).sort()) {
    const inner = value[name];
    if (inner !== undefined) out.push([name, sorted(inner)]);
  }
  return Object.fromEntries(out);
}

function escapeForHtml(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
