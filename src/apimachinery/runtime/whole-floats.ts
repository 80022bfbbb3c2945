import type { JsonObject, JsonValue } from '../meta/json.js';

/**
 * JSON's `1.0` and `1e3` are doubles to Go, `1` is an integer; to JavaScript all are numbers. Where a body has such doubles without
 * fraction, their paths are noted at its root, under a symbol that neither encoders nor `Object.keys` see and that a copy by
 * spread keeps. What is stored has none: Go, too, writes them as integers.
 */
const WHOLE_FLOATS = Symbol('whole floats');

interface Noted {
  [WHOLE_FLOATS]?: ReadonlySet<string>;
}

/** @param paths as validation writes them: `spec.list[1].size` */
export function noteWholeFloats(root: JsonObject, paths: ReadonlySet<string>): void {
  (root as Noted)[WHOLE_FLOATS] = paths;
}

export function wholeFloatsOf(root: JsonValue): ReadonlySet<string> | undefined {
  return typeof root === 'object' && root !== null ? (root as Noted)[WHOLE_FLOATS] : undefined;
}
