import { declare, type Library, overload } from '../environment.js';
import { BOOL, listOf, param } from '../type.js';
import { type CelList, equal, type Value } from '../value.js';

const LIST = listOf(param('T'));

function has(list: CelList, sought: Value): boolean {
  for (const item of list) if (equal(item, sought)) return true;
  return false;
}

function contains(list: Value | undefined, part: Value | undefined): boolean {
  for (const item of part as CelList) if (!has(list as CelList, item)) return false;
  return true;
}

function intersects(list: Value | undefined, other: Value | undefined): boolean {
  for (const item of other as CelList) if (has(list as CelList, item)) return true;
  return false;
}

/** Lists taken as sets. @see https://pkg.go.dev/github.com/google/cel-go/ext#Sets */
export const SETS: Library = {
  functions: [
    declare('sets.contains', overload('list_sets_contains_list', [LIST, LIST], BOOL, contains)),
    declare('sets.intersects', overload('list_sets_intersects_list', [LIST, LIST], BOOL, intersects)),
    declare(
      'sets.equivalent',
      overload('list_sets_equivalent_list', [LIST, LIST], BOOL, (a, b) => contains(a, b) && contains(b, a)),
    ),
  ],
};
