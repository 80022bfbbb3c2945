import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../../apimachinery/meta/json.js';

/** `.spec.replicas` as the names it goes through: the simple paths of scale and selectable fields, without list steps. */
export function pathNames(path: string): string[] {
  const names: string[] = [];
  for (const match of path.matchAll(/\['((?:[^'\\]|\\.)*)'\]|[^.[\]]+/g)) {
    names.push(match[1] === undefined ? match[0] : match[1].replaceAll("\\'", "'"));
  }
  return names;
}

export function valueAt(object: Readonly<JsonObject>, names: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of names) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a value, making the objects on the way; false where something on the way is not an object. */
export function setAt(object: JsonObject, names: readonly string[], value: JsonValue): boolean {
  let target = object;
  for (const name of names.slice(0, -1)) {
    if (!Object.hasOwn(target, name) || target[name] === undefined) setOwn(target, name, {});
    const inner = target[name];
    if (!isJsonObject(inner)) return false;
    target = inner;
  }
  setOwn(target, names.at(-1)!, value);
  return true;
}
