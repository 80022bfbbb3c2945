import type { JsonObject, JsonValue } from '../meta/json.js';

/**
 * JSON's `1.0` and `1e3` are doubles to Go, `1` is an integer; to JavaScript all are numbers. Where a body has such doubles without
 * fraction, their paths are noted at its root, under a symbol that neither encoders nor `Object.keys` see and that a copy by
 * spread keeps. What is stored has none: Go, too, writes them as integers.
 */
const WHOLE_FLOATS = Symbol('whole floats');

/** How they are written, by path: `spec.list[1].size`, as validation writes it. */
export type WholeFloats = ReadonlyMap<string, string>;

interface Noted {
  [WHOLE_FLOATS]?: WholeFloats;
}

export function noteWholeFloats(root: JsonObject, found: WholeFloats): void {
  (root as Noted)[WHOLE_FLOATS] = found;
}

export function wholeFloatsOf(root: JsonValue): WholeFloats | undefined {
  return typeof root === 'object' && root !== null ? (root as Noted)[WHOLE_FLOATS] : undefined;
}
