import { isJsonObject, type JsonValue } from '../meta/json.js';
import type { ListType } from './field-type.js';
import { keyElement, valueElement } from './path-element.js';

/** An object that does not fit its schema. The message starts with the path where a path is known. */
export class TypedError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.length === 1 ? faults[0] : ['errors:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
    this.name = 'TypedError';
  }
}

/**
 * The path element of an item of a set or list map; keys that the item leaves out take their default. An item that leaves
 * out keys without a default is told from those that have them.
 * @throws TypedError where the item has no key at all
 */
export function itemElement(list: ListType, item: JsonValue, index: number): string {
  const wrong = (text: string) => new TypedError([`element ${index}: ${text}`]);
  if (list.keys.length === 0) {
    if (isJsonObject(item)) throw wrong("associative list without keys has an element that's a map type");
    if (Array.isArray(item)) throw wrong('not supported: associative list with lists as elements');
    if (item === null) throw wrong("associative list without keys has an element that's an explicit null");
    return valueElement(item);
  }
  if (item === null) throw wrong('associative list with keys may not have a null element');
  if (!isJsonObject(item)) throw wrong('associative list with keys may not have non-map elements');
  const values: JsonValue[] = [];
  let names = list.keys;
  for (const key of list.keys) {
    const value = item[key] === undefined ? list.element.map?.field(key)?.keyDefault : item[key];
    if (value !== undefined) values.push(value);
    else names = names.filter((name) => name !== key);
  }
  if (values.length > 0) return keyElement(names, values);
  const keys = list.declaredKeys.map((key) => JSON.stringify(key)).join(' ');
  throw wrong(
    `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
  );
}

/** Path elements of all items, in order. @throws TypedError */
export function itemElements(list: ListType, items: readonly JsonValue[]): string[] {
  return items.map((item, i) => itemElement(list, item, i));
}
