import type { TableColumn, TableConvertor } from './table.js';

/** The first column of nearly every Table. */
export const NAME_COLUMN: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique for its kind within a namespace.',
  priority: 0,
};

/** Kinds without columns of their own: name, and the time of creation as it is. */
export const DEFAULT_TABLE: TableConvertor = {
  columns: [
    NAME_COLUMN,
    {
      name: 'Created At',
      type: 'date',
      format: '',
      description: 'When the server made the object, in UTC.',
      priority: 0,
    },
  ],
  timeDependent: false,
  row: ({ metadata }) => ({ cells: [metadata.name ?? '', metadata.creationTimestamp ?? null] }),
};
