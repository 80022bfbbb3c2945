import { goQuote } from '../../apimachinery/validation/field-error.js';

/** Lists of the indexes of an indexed job: `0,3-5,8`. */

export interface IndexList {
  /** How many indexes there are; 0 where the text is faulty. */
  readonly total: number;
  readonly intervals: readonly IndexInterval[];
  /** The first fault, or undefined. */
  readonly fault: string | undefined;
}

export interface IndexInterval {
  readonly first: number;
  readonly last: number;
}

const INTEGER = /^[-+]?[0-9]+$/;

/** @param completions indexes have to be below it */
export function parseIndexes(text: string, completions: number): IndexList {
  const intervals: IndexInterval[] = [];
  let total = 0;
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return { total: 0, intervals: [], fault: interval };
    const previous = intervals.at(-1)?.last;
    if (previous !== undefined && previous >= interval.first) {
      return { total: 0, intervals: [], fault: orderFault(previous, interval.first) };
    }
    intervals.push(interval);
    total += interval.last - interval.first + 1;
  }
  return { total, intervals, fault: undefined };
}

const orderFault = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;

function parseInterval(text: string, completions: number): IndexInterval | string {
  const ends = text.split('-');
  if (ends.length > 2) {
    return `the fragment ${goQuote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const numbers: number[] = [];
  for (const end of ends) {
    if (!INTEGER.test(end)) return `cannot convert string to integer for index: ${goQuote(end)}`;
    if (Number(end) >= completions) return `too large index: ${goQuote(end)}`;
    numbers.push(Number(end));
  }
  const [first = 0, last = first] = numbers;
  if (numbers.length === 2 && first >= last) return orderFault(first, last);
  return { first, last };
}

/** The first index that is in both lists, or undefined. Both are in order. */
export function firstCommonIndex(a: IndexList, b: IndexList): number | undefined {
  let i = 0;
  let j = 0;
  for (;;) {
    const left = a.intervals[i];
    const right = b.intervals[j];
    if (left === undefined || right === undefined) return undefined;
    if (left.last < right.first) i++;
    else if (right.last < left.first) j++;
    else return Math.max(left.first, right.first);
  }
}
