/**
 * Reads a cron schedule only to tell what is wrong with it.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
interface Part {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const PARTS: readonly Part[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

const EVERY = '@every ';

function durationFault(text: string): string | undefined {
  const duration = text.slice(EVERY.length);
  if (/^[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$|^[-+]?0$/.test(duration)) return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

/** The fault of a schedule, or undefined. */
export function scheduleFault(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S+\s+/, '');
  if (text.startsWith('@')) {
    if (DESCRIPTORS.has(text)) return undefined;
    if (text.startsWith(EVERY)) return durationFault(text);
    return `unrecognized descriptor: ${text}`;
  }
  const fields = text.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== PARTS.length) {
    return `expected exactly ${PARTS.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [i, field] of fields.entries()) {
    for (const range of field.split(',').filter((each) => each !== '')) {
      const fault = rangeFault(range, PARTS[i]!);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function rangeFault(range: string, part: Part): string | undefined {
  const [span = '', step, ...more] = range.split('/');
  if (more.length > 0) return `too many slashes: ${range}`;
  const [low = '', high, ...rest] = span.split('-');
  if (rest.length > 0) return `too many hyphens: ${range}`;
  const starts = low === '*' || low === '?' ? part.min : numberOf(low, part);
  if (typeof starts === 'string') return starts;
  const everything = low === '*' || low === '?';
  const given = high === undefined ? undefined : numberOf(high, part);
  if (typeof given === 'string') return given;
  const end = given ?? (everything || step !== undefined ? part.max : starts);
  const width = step === undefined ? 1 : numberOf(step, { ...part, names: [] });
  if (typeof width === 'string') return width;
  if (starts < part.min) return `beginning of range (${starts}) below minimum (${part.min}): ${range}`;
  if (end > part.max) return `end of range (${end}) above maximum (${part.max}): ${range}`;
  if (starts > end) return `beginning of range (${starts}) beyond end of range (${end}): ${range}`;
  if (width === 0) return `step of range should be a positive number: ${range}`;
  return undefined;
}

function numberOf(text: string, part: Part): number | string {
  const named = part.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + part.min;
  if (/^-[0-9]+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  if (!/^\+?[0-9]+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  return Number(text);
}
