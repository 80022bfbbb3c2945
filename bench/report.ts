import type { JobResult } from './jobs/job.js';
import { LIMITS, PARTS_OF_BARE, REFERENCES } from './jobs/reference.js';

export interface Row extends JobResult {
  readonly name: string;
  readonly about: string;
  /** Of the server's process, after the job. */
  readonly residentMb: number | undefined;
  readonly reference?: number | undefined;
  readonly timesReference?: number | undefined;
  /** Whether what is asked for is reached. */
  readonly reached?: boolean | undefined;
  readonly partOfBare?: number | undefined;
}

/** Sets a job's result beside the reference and the bare server's rows. */
export function rowOf(
  job: { readonly name: string; readonly about: string },
  result: JobResult,
  residentMb: number | undefined,
  rows: readonly Row[],
): Row {
  const reference = REFERENCES[job.name];
  const bare = rows.find(({ name }) => name === (PARTS_OF_BARE[job.name]?.bare ?? 'bare-http2'));
  const atMost = result.unit === 'ms' || result.unit === 'MB';
  const limit = LIMITS[job.name];
  const times = reference && (atMost ? reference.figure / result.value : result.value / reference.figure);
  return {
    name: job.name,
    about: job.about,
    ...result,
    residentMb,
    reference: reference?.figure,
    timesReference: times,
    reached:
      limit !== undefined
        ? result.value <= limit
        : reference && (atMost ? result.value <= reference.goal : (times ?? 0) >= reference.goal),
    partOfBare: bare && PARTS_OF_BARE[job.name] && result.value / bare.value,
  };
}

const COLUMNS = [
  'job',
  'rate',
  'p50 ms',
  'p99 ms',
  'MB/s',
  'CPU us',
  'RSS MB',
  'reference',
  'times',
  'goal',
  'of bare',
  'errors',
];

const WIDTHS = [30, 12, 8, 8, 7, 8, 7, 10, 7, 8, 12, 7];

export const HEADER = line(COLUMNS);

/** One line of the table, and one for each note. */
export function formatRow(row: Row): string {
  const reference = REFERENCES[row.name];
  const asked = PARTS_OF_BARE[row.name]?.part;
  const most = LIMITS[row.name] ?? (row.unit === 'ms' || row.unit === 'MB' ? reference?.goal : undefined);
  const goal = most === undefined ? `${reference?.goal ?? ''}x` : `<=${most}`;
  const cells = [
    row.about,
    `${row.unit === 'times' ? row.value.toFixed(2) : short(row.value)} ${row.unit}`,
    row.p50Ms === undefined ? '' : row.p50Ms.toFixed(2),
    row.p99Ms === undefined ? '' : row.p99Ms.toFixed(2),
    row.mbPerSecond === undefined ? '' : short(row.mbPerSecond),
    row.cpuUsPerRequest === undefined ? '' : short(row.cpuUsPerRequest),
    row.residentMb === undefined ? '' : String(row.residentMb),
    row.reference === undefined ? '' : short(row.reference),
    row.timesReference === undefined ? '' : `${row.timesReference.toFixed(1)}x`,
    row.reached === undefined ? '' : `${goal} ${row.reached ? 'yes' : 'NO'}`,
    row.partOfBare === undefined || asked === undefined
      ? ''
      : `${row.partOfBare.toFixed(2)} >=${asked} ${row.partOfBare >= asked ? '' : 'NO'}`.trim(),
    String(row.errors),
  ];
  return [line(cells), ...row.notes.map((note) => `    ${note.replaceAll(/\s+/g, ' ').slice(0, 240)}`)].join('\n');
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[at] ?? 0) : cell.padStart(WIDTHS[at] ?? 0)))
    .join(' ')
    .trimEnd();
}

function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
