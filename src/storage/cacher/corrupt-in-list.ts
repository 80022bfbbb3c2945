import type { CorruptObject, ListPage, ListQuery } from '../storage.js';
import { CorruptStoredObject } from './corrupt-object.js';
import { conditionOf, type KeyRange, type Overlay } from './list-walk.js';

/**
 * What of a range cannot be read, in key order.
 * @param now as it is now
 * @param overlay what is known of keys at the revision of the list, where that is an earlier one
 */
export function corruptIn(
  range: KeyRange,
  now: ReadonlyMap<string, CorruptObject>,
  overlay: Overlay | undefined,
): CorruptObject[] {
  const found: CorruptObject[] = [];
  const isInside = (key: string) => key >= range.from && (range.to === undefined || key < range.to);
  for (const [key, object] of now) if (isInside(key) && overlay?.has(key) !== true) found.push(object);
  for (const [key, then] of overlay ?? []) if (then instanceof CorruptStoredObject && isInside(key)) found.push(then);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A page of the readable objects of a range with what it passed over. As in etcd, a full page looks at nothing after its last object. */
export function withCorrupt(page: ListPage, corrupt: readonly CorruptObject[], query: ListQuery): ListPage {
  const last = page.items.at(-1);
  if (last === undefined || page.items.length !== query.limit) return { ...page, corrupt };
  const passed = corrupt.filter(({ key }) => key < last.key);
  const following = corrupt.length - passed.length;
  const told = passed.length === 0 ? page : { ...page, corrupt: passed };
  if (following === 0) return told;
  const counted = page.remaining !== undefined || (!page.more && conditionOf(query, true) === undefined);
  return { ...told, more: true, remaining: counted ? (page.remaining ?? 0) + following : undefined };
}
