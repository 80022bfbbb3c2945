import { byCodePoint, dumpJson, isObject, type Json } from './json.js';

/** The value at a dotted path: `[2]` indexes, `[key=value]` finds, `\.` is a dot of a key. Null where there is none. */
export function dig(value: Json, path: string): Json {
  let at = value;
  for (const part of path.match(/(?:\\.|[^.[])+|\[[^\]]*\]/g) ?? []) {
    if (at === null) return null;
    const name = part.replaceAll('\\.', '.');
    at =
      (name.startsWith('[')
        ? pick(at, name.slice(1, -1))
        : isObject(at) && Object.hasOwn(at, name)
          ? at[name]
          : null) ?? null;
  }
  return at;
}

function pick(list: Json, what: string): Json {
  const sign = what.indexOf('=');
  if (sign === -1) return Array.isArray(list) ? (list.at(Number(what)) ?? null) : null;
  if (!Array.isArray(list)) throw new TypeError(`[${what}]: not a list`);
  const key = what.slice(0, sign);
  const wanted = what.slice(sign + 1);
  return list.find((item) => isObject(item) && asText(item[key] ?? null) === wanted) ?? null;
}

/** As Python's str writes it: paths and `$name`s were recorded so. */
export function asText(value: Json): string {
  return typeof value === 'string' ? value : represented(value);
}

function represented(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(represented).join(', ')}]`;
  if (!isObject(value)) return dumpJson(value);
  const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${represented(item)}`);
  return `{${entries.join(', ')}}`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`) + quote;
}

/** Sorts the list at a path in place, by what its items are as text. */
export function sortAt(value: Json, path: string): void {
  const dot = path.lastIndexOf('.');
  const holder = dot === -1 ? value : dig(value, path.slice(0, dot));
  if (!isObject(holder)) return;
  const list = holder[path.slice(dot + 1)];
  if (!Array.isArray(list)) return;
  const keyed = list.map((item) => ({ item, key: dumpJson(item, true) }));
  keyed.sort((a, b) => byCodePoint(a.key, b.key));
  list.splice(0, list.length, ...keyed.map(({ item }) => item));
}

/** Takes the value at one path away and puts it at another, making what is on the way. */
export function move(value: Json, source: string, target: string): void {
  const from = source.split('.');
  const last = from.pop() ?? '';
  const holder = from.length > 0 ? dig(value, from.join('.')) : value;
  if (!isObject(holder) || !Object.hasOwn(holder, last)) return;
  const moved = holder[last] ?? null;
  delete holder[last];
  const to = target.split('.');
  const name = to.pop() ?? '';
  let at = value;
  for (const part of to) {
    if (!isObject(at)) throw new TypeError(`${target}: nothing to put into`);
    at[part] ??= {};
    at = at[part];
  }
  if (isObject(at)) at[name] = moved;
}
