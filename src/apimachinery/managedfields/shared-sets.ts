import type { JsonValue } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';

/** Sets that several objects have, with their JSON texts once somebody has asked ('' before that). */
const texts = new WeakMap<object, string>();

/** Says of a set in upstream's order that it will be met again, as the same object, and never changes. */
export function shareSet(set: object): void {
  if (!texts.has(set)) texts.set(set, '');
}

export function isShared(set: object): boolean {
  return texts.has(set);
}

/** JSON text of a set as `fieldsV1` holds it: what is shared is written once. Takes any JSON, which clients may have sent instead. */
export function fieldsText(set: JsonValue): string {
  if (typeof set !== 'object' || set === null || Array.isArray(set)) return encodeJson(set);
  const known = texts.get(set);
  if (known !== undefined && known !== '') return known;
  let text = '';
  for (const element in set) {
    const below = set[element];
    if (below !== undefined) text += `${text === '' ? '{' : ','}${JSON.stringify(element)}:${fieldsText(below)}`;
  }
  text = text === '' ? '{}' : `${text}}`;
  if (known === '') texts.set(set, text);
  return text;
}
