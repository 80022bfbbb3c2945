import { CelList, CelMap, Opaque, textLength, type Value } from './value.js';

/** Costs of evaluation, in cel-go's units. Names and steps into fields cost one, constants and logic nothing. */
export const NAME_COST = 1;
export const LIST_COST = 10;
export const MAP_COST = 30;
/** Of a character that is read. */
export const TEXT_FACTOR = 0.1;
/** Of a character of a regular expression. */
export const PATTERN_FACTOR = 0.25;
/** Of one question to the authorizer. */
export const AUTHORIZATION_COST = 350_000;

type Values = readonly Value[];
type Cost = (args: Values, result: Value) => number;

/** What size() says, one for what has none. */
function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string') return textLength(value);
  if (value instanceof CelList || value instanceof Uint8Array) return value.length;
  if (value instanceof CelMap) return value.size;
  return value instanceof Opaque ? value.size : 1;
}

const read = (value: Value | undefined, factor = TEXT_FACTOR) => Math.ceil(sizeOf(value) * factor);
const readTarget: Cost = ([target]) => read(target);
const rewriteTarget: Cost = ([target]) => read(target, 2 * TEXT_FACTOR);
const shorter: Cost = ([a, b]) => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * TEXT_FACTOR);
const both: Cost = ([a, b]) => Math.ceil((sizeOf(a) + sizeOf(b)) * TEXT_FACTOR);
const search: Cost = ([text, pattern]) =>
  Math.ceil((1 + sizeOf(text)) * TEXT_FACTOR) * Math.ceil(sizeOf(pattern) * PATTERN_FACTOR);

/** Reading all there is in a value. */
function traversal(value: Value): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * TEXT_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * TEXT_FACTOR);
  let cost = 0;
  if (value instanceof CelList) {
    for (const item of value) cost += traversal(item);
    return cost;
  }
  if (value instanceof CelMap) {
    for (const key of value.keys()) cost += traversal(key) + traversal(value.find(key)!);
    return cost;
  }
  return 1;
}

const traverseTarget: Cost = ([target]) => traversal(target!);
const product =
  (factor: number): Cost =>
  ([a, b]) =>
    1 + sizeOf(a) * sizeOf(b) * factor;
const allocate = (factor: number, size: number) => Math.floor(size * factor) + 1 + LIST_COST;
const allocateResult: Cost = (_args, result) => allocate(1, sizeOf(result));

/** Every item with every other. */
function compareItems(list: Value | undefined): number {
  const size = sizeOf(list);
  const item = list instanceof CelList && size > 0 ? list.at(0) : null;
  const texts = typeof item === 'string' || item instanceof Uint8Array;
  return allocate(texts ? 2 + TEXT_FACTOR : 2, size * size);
}

function rangeCost([range, other]: Values, parsed: boolean, masked: boolean): number {
  const comparison = Math.ceil(2 * sizeOf(range) * TEXT_FACTOR);
  const mask = masked ? Math.ceil(sizeOf(range) * TEXT_FACTOR) + 1 : 0;
  return comparison + mask + (parsed ? read(other) : 0);
}

/** By the function's name: what Kubernetes charges. */
const BY_NAME: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['check', () => AUTHORIZATION_COST],
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name) => [name, traverseTarget] as const),
  ...['url', 'lowerAscii', 'upperAscii', 'substring', 'trim', 'cidr', 'isIP', 'isCIDR'].map(
    (name) => [name, readTarget] as const,
  ),
  ...['quantity', 'isQuantity', 'semver', 'isSemver'].map((name) => [name, readTarget] as const),
  ...['replace', 'split', 'ip.isCanonical'].map((name) => [name, rewriteTarget] as const),
  ['join', (_args, result) => read(result, 2 * TEXT_FACTOR)],
  ['find', search],
  ['findAll', search],
  ['validate', ([format, text]) => Math.ceil((1 + sizeOf(text)) * TEXT_FACTOR) * read(format, PATTERN_FACTOR)],
]);

/** By the overload's id. */
const BY_OVERLOAD: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ...['starts_with_string', 'ends_with_string', 'string_to_bytes', 'bytes_to_string'].map(
    (id) => [id, readTarget] as const,
  ),
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((id) => [
    [`${id}_string`, shorter] as const,
    [`${id}_bytes`, shorter] as const,
  ]),
  ['equals', ([a, b]) => (a instanceof Opaque ? 1 : Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * TEXT_FACTOR))],
  ['not_equals', shorter],
  ['in_list', ([, list]) => sizeOf(list)],
  ['add_string', both],
  ['add_bytes', both],
  ['matches', search],
  ['matches_string', search],
  ['contains_string', ([text, part]) => read(text) * read(part)],
  ['string_to_ip', readTarget],
  ['cidr_contains_ip_string', (args) => rangeCost(args, true, false)],
  ['cidr_contains_ip_ip', (args) => rangeCost(args, false, false)],
  ['cidr_contains_cidr_string', (args) => rangeCost(args, true, true)],
  ['cidr_contains_cidr', (args) => rangeCost(args, false, true)],
  ['list_sets_contains_list', product(1)],
  ['list_sets_intersects_list', product(1)],
  ['list_sets_equivalent_list', product(2)],
  ['list_slice', allocateResult],
  ['lists_range', allocateResult],
  ['list_reverse', allocateResult],
  ['list_flatten', ([list]) => allocate(1, sizeOf(list))],
  ['list_flatten_int', ([list, depth]) => allocate(Number(depth), sizeOf(list))],
  ['list_distinct', ([list]) => compareItems(list)],
]);

/** Cost of a call that was made; that of its arguments is theirs. */
export function runtimeCallCost(name: string, overload: string, args: Values, result: Value): number {
  const cost = BY_OVERLOAD.get(overload) ?? BY_NAME.get(name);
  if (cost !== undefined) return cost(args, result);
  if (name === 'sort') return compareItems(args[0]);
  return name === '@sortByAssociatedKeys' ? compareItems(args[1]) : 1;
}
