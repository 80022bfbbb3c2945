const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_HOURS = 24;
const YEAR_HOURS = 365 * DAY_HOURS;

/**
 * A span of time as tables tell it: `45s`, `3m20s`, `5h12m`, `2d4h`, `400d`, `3y20d`; the longer, the coarser. Clocks may
 * disagree by up to two seconds, beyond that a negative span is `<invalid>`.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0 || ms < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % MINUTE, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(seconds / HOUR);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 8 * DAY_HOURS) return twoUnits(Math.trunc(hours / DAY_HOURS), 'd', hours % DAY_HOURS, 'h');
  const days = Math.trunc(hours / DAY_HOURS);
  if (hours < 2 * YEAR_HOURS) return `${days}d`;
  const years = Math.trunc(hours / YEAR_HOURS);
  return hours < 8 * YEAR_HOURS ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** How long ago an RFC 3339 time was; `<unknown>` where there is none. */
export function ageOf(time: string | null | undefined, now: number): string {
  if (time === undefined || time === null || time === '') return '<unknown>';
  return humanDuration(now - Date.parse(time));
}
