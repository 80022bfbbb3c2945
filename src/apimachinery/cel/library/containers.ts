import type { Implementation } from '../environment.js';
import { CelList, CelMap, Failure, noOverload, numberOf, Optional, Uint, type Value } from '../value.js';

/** The element at an index or key; of an optional container as an optional. @throws Failure where there is none */
export const index: Implementation = (container, key) => {
  if (container instanceof Optional) return optionalIndex(container, key!);
  const found = lookUp(container!, key!);
  if (found !== undefined) return found;
  if (container instanceof CelList) throw new Failure(`index out of bounds: ${numberOf(key!)}`);
  throw new Failure(`no such key: ${keyTextOf(key!)}`);
};

/** The element at an index or key as an optional; containers may be optionals themselves. */
export const optionalIndex: Implementation = (container, key) => {
  if (container instanceof Optional) {
    return container.value === undefined ? Optional.none : optionalIndex(container.value, key!);
  }
  const found = lookUp(container!, key!);
  return found === undefined ? Optional.none : new Optional(found);
};

function lookUp(container: Value, key: Value): Value | undefined {
  if (container instanceof CelMap) return container.find(key);
  if (!(container instanceof CelList)) throw noOverload();
  const number = numberOf(key);
  if (number === undefined || !Number.isInteger(Number(number))) throw noOverload();
  const at = Number(number);
  return at >= 0 && at < container.length ? container.at(at) : undefined;
}

export function keyTextOf(key: Value): string {
  return key instanceof Uint ? key.value.toString() : String(key);
}
