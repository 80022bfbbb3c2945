import { byCodePoint, dumpJson, Float, isObject, type Json } from './json.js';

const BRIEF_CHARACTERS = 160;

/** What differs between the recorded and the present value, a line each. */
export function compare(want: Json, got: Json): string[] {
  const found: string[] = [];
  walk(want, got, '', found);
  return found;
}

function walk(want: Json, got: Json, path: string, found: string[]): void {
  if (isObject(want) && isObject(got)) {
    for (const key of [...new Set([...Object.keys(want), ...Object.keys(got)])].sort(byCodePoint)) {
      const wanted = Object.hasOwn(want, key) ? want[key] : undefined;
      const present = Object.hasOwn(got, key) ? got[key] : undefined;
      if (present === undefined) found.push(`${path}.${key}: missing, expected ${brief(wanted ?? null)}`);
      else if (wanted === undefined) found.push(`${path}.${key}: unexpected ${brief(present)}`);
      else walk(wanted, present, `${path}.${key}`, found);
    }
  } else if (Array.isArray(want) && Array.isArray(got)) {
    if (want.length !== got.length) found.push(`${path}: ${got.length} items, expected ${want.length}`);
    const both = Math.min(want.length, got.length);
    for (let at = 0; at < both; at++) walk(want[at] ?? null, got[at] ?? null, `${path}[${at}]`, found);
  } else if (!same(want, got)) {
    found.push(`${path}: ${brief(got)}, expected ${brief(want)}`);
  }
}

/** A number is the same however it was written. */
function same(want: Json, got: Json): boolean {
  const wanted = want instanceof Float ? want.value : want;
  const present = got instanceof Float ? got.value : got;
  if (typeof wanted === 'bigint' || typeof present === 'bigint') {
    const numeric = (value: Json): boolean => typeof value === 'bigint' || typeof value === 'number';
    // Loosely, because a bigint and a number may be one value.
    return numeric(wanted) && numeric(present) && !(wanted! < present!) && !(wanted! > present!);
  }
  return wanted === present;
}

function brief(value: Json): string {
  const text = dumpJson(value);
  return text.length <= BRIEF_CHARACTERS ? text : `${text.slice(0, BRIEF_CHARACTERS - 3)}...`;
}
