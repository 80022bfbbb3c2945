const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });
const NONE: Iterable<never> = Object.freeze({ [Symbol.iterator]: () => NOTHING });
const NOTHING: Iterator<never> = Object.freeze({ next: () => DONE });

/**
 * The items of a list with their indexes; nothing for a list that is not there. Most lists of most objects are not, and to look into
 * an empty one in its place would make four objects each time.
 */
export function entriesOf<T>(list: readonly T[] | null | undefined): Iterable<[index: number, item: T]> {
  return list === undefined || list === null || list.length === 0 ? NONE : list.entries();
}
