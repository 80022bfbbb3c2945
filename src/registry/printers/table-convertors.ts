import { DEFAULT_TABLE } from '../../apimachinery/table/default-table.js';
import type { TableColumn, TableConvertor } from '../../apimachinery/table/table.js';
import type { TableConvertors } from '../kind-policy.js';
import { ACCESS_PRINTERS } from './access.js';
import { AUTOSCALING_PRINTERS } from './autoscaling.js';
import { CLUSTER_PRINTERS } from './cluster.js';
import { DEVICE_PRINTERS } from './devices.js';
import { EVENT_PRINTERS } from './events.js';
import { EXTENSION_PRINTERS } from './extensions.js';
import { NETWORK_PRINTERS } from './network.js';
import { POD_PRINTERS } from './pods.js';
import type { KindPrinter, Printers } from './printer.js';
import { STORAGE_PRINTERS } from './storage.js';
import { WORKLOAD_PRINTERS } from './workloads.js';

const PRINTERS: readonly Printers[] = [
  POD_PRINTERS,
  WORKLOAD_PRINTERS,
  NETWORK_PRINTERS,
  STORAGE_PRINTERS,
  CLUSTER_PRINTERS,
  ACCESS_PRINTERS,
  AUTOSCALING_PRINTERS,
  EVENT_PRINTERS,
  EXTENSION_PRINTERS,
  DEVICE_PRINTERS,
];

/** What is on record about a column; an entry of the catalogue's columns fits. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority?: number;
}

/** Columns of a built-in resource by group/version and plural name: the catalogue's `columnsOf`. */
export type ColumnSource = (groupVersion: string, resource: string) => readonly ColumnFacts[] | undefined;

/** `autoscaling/v1` Scale is a subresource of many resources and has columns of its own. */
const SCALE_KEY = 'autoscaling/v1/scale';
const SCALE_COLUMNS: readonly ColumnFacts[] = [
  { name: 'Name', type: 'string' },
  { name: 'Desired', type: 'integer' },
  { name: 'Available', type: 'integer' },
  { name: 'Age', type: 'string' },
];

/**
 * Tables of the built-in kinds by `groupVersion/resource` (and `autoscaling/v1/scale` for the scale subresources). Kinds with
 * several versions print from their hub version, as the reference prints from its internal one. What is not in the map has the
 * default table.
 */
export function tableConvertors(columnsOf: ColumnSource): TableConvertors {
  const convertors = new Map<string, TableConvertor>();
  for (const printers of PRINTERS) {
    for (const [key, printer] of Object.entries(printers)) {
      const slash = key.lastIndexOf('/');
      const facts = key === SCALE_KEY ? SCALE_COLUMNS : columnsOf(key.slice(0, slash), key.slice(slash + 1));
      convertors.set(key, convertor(facts?.map(column) ?? DEFAULT_TABLE.columns, printer));
    }
  }
  return convertors;
}

function convertor(columns: readonly TableColumn[], printer: KindPrinter): TableConvertor {
  const timeDependent = printer.timeDependent ?? true;
  const { forList, compare } = printer;
  if (forList === undefined) return { columns, timeDependent, row: printer.row, ...(compare && { compare }) };
  return {
    columns,
    timeDependent,
    row: printer.row,
    forList: (objects) => ({ columns, timeDependent, row: forList(objects).row }),
  };
}

function column({ name, type, format = '', priority = 0 }: ColumnFacts): TableColumn {
  return { name, type, format, description: DESCRIPTIONS[name] ?? `${name} of the object.`, priority };
}

/** Where the column's name does not explain itself. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Name: 'Name of the object, unique for its kind within a namespace.',
  Age: 'Time since the object was made.',
  Ready: 'How many of the wanted parts are ready.',
  Restarts: 'How often containers were started again, and how long ago the last time was.',
};
