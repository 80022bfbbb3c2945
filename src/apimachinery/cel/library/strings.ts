import { declare, type Library, member, overload } from '../environment.js';
import { DYN, INT, listOf, STRING } from '../type.js';
import { ArrayList, type CelList, Failure, noOverload, type Value } from '../value.js';
import { formatString } from './format-string.js';

/** Characters of a text: indices of this library count them. */
const characters = (text: Value | undefined): string[] => [...(text as string)];
const number = (value: Value | undefined): number => Number(value as bigint);

function outOfRange(index: number): Failure {
  return new Failure(`index out of range: ${index}`);
}

function charAt(text: Value, index: number): string {
  const all = characters(text);
  if (index < 0 || index > all.length) throw outOfRange(index);
  return all[index] ?? '';
}

function indexOf(text: Value, part: Value, from: number): bigint {
  const all = characters(text);
  const sought = characters(part);
  if (sought.length === 0) {
    if (from < 0) throw outOfRange(from);
    return BigInt(from);
  }
  if (from < 0 || from >= all.length) {
    if (from === 0 || (from > 0 && from === all.length)) return -1n;
    throw outOfRange(from);
  }
  for (let i = from; i + sought.length <= all.length; i++) {
    if (sought.every((character, j) => all[i + j] === character)) return BigInt(i);
  }
  return -1n;
}

function lastIndexOf(text: Value, part: Value, from: number | undefined): bigint {
  const all = characters(text);
  const sought = characters(part);
  if (sought.length === 0) {
    if (from !== undefined && (from < 0 || from >= Math.max(all.length, 1))) throw outOfRange(from);
    return BigInt(from ?? all.length);
  }
  if (from !== undefined && (from < 0 || from >= all.length)) {
    if (all.length === 0 && from === 0) return -1n;
    throw outOfRange(from);
  }
  const last = all.length - sought.length;
  for (let i = Math.min(from ?? last, last); i >= 0; i--) {
    if (sought.every((character, j) => all[i + j] === character)) return BigInt(i);
  }
  return -1n;
}

/** @param count how many at most, all where negative */
function replace(text: string, part: string, by: string, count: number): string {
  if (count === 0) return text;
  if (part === '') {
    const all = characters(text);
    const places = count < 0 ? all.length + 1 : Math.min(count, all.length + 1);
    return (
      all.map((character, i) => (i < places ? by + character : character)).join('') + (places > all.length ? by : '')
    );
  }
  let rest = count < 0 ? Number.POSITIVE_INFINITY : count;
  return text.split(part).reduce((done, piece) => done + (rest-- > 0 ? by : part) + piece);
}

/** @param count how many pieces at most, all where negative */
function split(text: string, separator: string, count: number): string[] {
  if (count === 0) return [];
  const pieces = separator === '' ? characters(text) : text.split(separator);
  if (count < 0 || pieces.length <= count) return pieces;
  return [...pieces.slice(0, count - 1), pieces.slice(count - 1).join(separator)];
}

function substring(text: Value, start: number, end: number | undefined): string {
  const all = characters(text);
  const stop = end ?? all.length;
  if (end !== undefined && start > end) throw new Failure(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > all.length) throw outOfRange(start);
  if (stop < 0 || stop > all.length) throw outOfRange(stop);
  return all.slice(start, stop).join('');
}

function join(list: CelList, separator: string): string {
  const texts: string[] = [];
  for (const item of list) {
    if (typeof item !== 'string') throw noOverload();
    texts.push(item);
  }
  return texts.join(separator);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  const quoted = Buffer.from(text)
    .toString()
    .replace(/["\\]|\p{Cc}/gu, (character) => ESCAPES[character] ?? character);
  return `"${quoted}"`;
}

/** Unicode's White_Space, as Go trims it. */
const SPACE = /^[\t-\r\u0085\p{Z}]+|[\t-\r\u0085\p{Z}]+$/gu;
const trim = (text: string) => text.replace(SPACE, '');
const lower = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
const TEXTS = listOf(STRING);
const list = (texts: string[]) => new ArrayList(texts);

/** Functions on strings, in the version that Kubernetes uses. @see https://pkg.go.dev/github.com/google/cel-go/ext#Strings */
export const STRINGS: Library = {
  functions: [
    declare(
      'charAt',
      member('string_char_at_int', [STRING, INT], STRING, (text, at) => charAt(text!, number(at))),
    ),
    declare(
      'indexOf',
      member('string_index_of_string', [STRING, STRING], INT, (text, part) => indexOf(text!, part!, 0)),
      member('string_index_of_string_int', [STRING, STRING, INT], INT, (text, part, from) =>
        indexOf(text!, part!, number(from)),
      ),
    ),
    declare(
      'lastIndexOf',
      member('string_last_index_of_string', [STRING, STRING], INT, (text, part) =>
        lastIndexOf(text!, part!, undefined),
      ),
      member('string_last_index_of_string_int', [STRING, STRING, INT], INT, (text, part, from) =>
        lastIndexOf(text!, part!, number(from)),
      ),
    ),
    declare(
      'lowerAscii',
      member('string_lower_ascii', [STRING], STRING, (text) => lower(text as string)),
    ),
    declare(
      'upperAscii',
      member('string_upper_ascii', [STRING], STRING, (text) => upper(text as string)),
    ),
    declare(
      'trim',
      member('string_trim', [STRING], STRING, (text) => trim(text as string)),
    ),
    declare(
      'replace',
      member('string_replace_string_string', [STRING, STRING, STRING], STRING, (text, part, by) =>
        replace(text as string, part as string, by as string, -1),
      ),
      member('string_replace_string_string_int', [STRING, STRING, STRING, INT], STRING, (text, part, by, count) =>
        replace(text as string, part as string, by as string, number(count)),
      ),
    ),
    declare(
      'split',
      member('string_split_string', [STRING, STRING], TEXTS, (text, separator) =>
        list(split(text as string, separator as string, -1)),
      ),
      member('string_split_string_int', [STRING, STRING, INT], TEXTS, (text, separator, count) =>
        list(split(text as string, separator as string, number(count))),
      ),
    ),
    declare(
      'substring',
      member('string_substring_int', [STRING, INT], STRING, (text, start) =>
        substring(text!, number(start), undefined),
      ),
      member('string_substring_int_int', [STRING, INT, INT], STRING, (text, start, end) =>
        substring(text!, number(start), number(end)),
      ),
    ),
    declare(
      'join',
      member('list_join', [TEXTS], STRING, (texts) => join(texts as CelList, '')),
      member('list_join_string', [TEXTS, STRING], STRING, (texts, separator) =>
        join(texts as CelList, separator as string),
      ),
    ),
    declare(
      'format',
      member('string_format', [STRING, listOf(DYN)], STRING, (text, args) =>
        formatString(text as string, args as CelList),
      ),
    ),
    declare(
      'strings.quote',
      overload('strings_quote', [STRING], STRING, (text) => quote(text as string)),
    ),
  ],
};
