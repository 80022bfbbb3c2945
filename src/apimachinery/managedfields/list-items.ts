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
 * The path element of an item of a set or list map; keys that the item leaves out take their default.
 * @throws TypedError where the item has none
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
  for (const key of list.keys) {
    const value = item[key] ?? list.element.map?.field(key)?.keyDefault;
    if (value === undefined) {
      throw wrong(
        `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
      );
    }
    values.push(value);
  }
  return keyElement(list.keys, values);
}

/** Path elements of all items, in order. @throws TypedError */
export function itemElements(list: ListType, items: readonly JsonValue[]): string[] {
  return items.map((item, i) => itemElement(list, item, i));
}
