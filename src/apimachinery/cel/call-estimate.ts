import {
  type CostNode,
  exactly,
  plus,
  type Range,
  type SizeOfPath,
  scale,
  times,
  UNBOUNDED,
  UNKNOWN,
} from './estimate.js';
import { AUTHORIZATION_COST, LIST_COST, MAP_COST, NAME_COST, PATTERN_FACTOR, TEXT_FACTOR } from './runtime-cost.js';

export { LIST_COST, MAP_COST, NAME_COST };
export const STRUCT_COST = 40;

/** Bytes of an address. */
const ADDRESS_BYTES: Range = { min: 4, max: 16 };
/** Characters of the pattern of a named format, and of its name. */
const FORMAT_PATTERN_MAX = 128;
const FORMAT_NAME_MAX = 64;

export interface EstimatedCall {
  readonly name: string;
  readonly overload: string;
  readonly target: CostNode | undefined;
  readonly args: readonly CostNode[];
  readonly sizeOfPath: SizeOfPath;
}

export interface CallEstimate {
  /** Without that of the arguments. */
  readonly cost: Range;
  /** Of the result, where it has one. */
  readonly size?: Range;
}

type Estimate = (call: EstimatedCall) => CallEstimate | undefined;

const ONE: CallEstimate = { cost: exactly(1) };
const one: Estimate = () => ONE;

/** Kubernetes' functions look up declared sizes, others take what the expression tells. */
const declaredSize = (node: CostNode, sizeOfPath: SizeOfPath): Range => node.size ?? sizeOfPath(node.path) ?? UNKNOWN;
const sizeOf = (node: CostNode | undefined): Range => node?.size ?? UNKNOWN;
const read = (size: Range): Range => scale(size, TEXT_FACTOR);

function itemNode(list: CostNode): CostNode | undefined {
  const type = list.type.params[0];
  if (type === undefined) return undefined;
  return { type, path: list.path.length === 0 ? [] : [...list.path, '@items'], size: undefined };
}

const traverse: Estimate = ({ target, sizeOfPath }) => {
  if (target === undefined) return undefined;
  const size = declaredSize(target, sizeOfPath);
  const item = itemNode(target);
  if (item === undefined) return { cost: read(size) };
  const isText = item.type.kind === 'string' || item.type.kind === 'bytes';
  return { cost: times(size, isText ? plus(exactly(1), read(declaredSize(item, sizeOfPath))) : exactly(1)) };
};

const readTarget: Estimate = ({ target, sizeOfPath }) => {
  if (target === undefined) return undefined;
  const size = declaredSize(target, sizeOfPath);
  return { cost: read(size), size };
};

const url: Estimate = ({ args, sizeOfPath }) => {
  const size = declaredSize(args[0]!, sizeOfPath);
  return { cost: read(size), size };
};

const replace: Estimate = ({ target, args, sizeOfPath }) => {
  if (target === undefined || args.length < 2) return undefined;
  const size = declaredSize(target, sizeOfPath);
  const part = declaredSize(args[0]!, sizeOfPath);
  const by = declaredSize(args[1]!, sizeOfPath);
  const longest = replaced(size.max, part.min, by.max <= part.min);
  const shortest = replaced(size.min, part.max, part.max <= by.min);
  const count = { min: shortest.count, max: longest.count };
  const kept = { min: shortest.kept, max: longest.kept };
  return { cost: scale(size, 2 * TEXT_FACTOR), size: plus(times(count, by), kept) };
};

/** How often a part of some length can stand in a text, and how much of the text stays beside. */
function replaced(length: number, part: number, staysAsLong: boolean): { count: number; kept: number } {
  if (part === 0) return { count: Math.min(length + 1, UNBOUNDED), kept: length };
  if (staysAsLong) return { count: 0, kept: length };
  return { count: Math.ceil(length / part), kept: 0 };
}

const split: Estimate = ({ target, args, sizeOfPath }) => {
  if (target === undefined) return undefined;
  const size = declaredSize(target, sizeOfPath);
  const limit = args[1]?.expr;
  let max = size.max;
  if (limit?.kind === 'const' && typeof limit.value === 'bigint')
    max = limit.value < 0n ? UNBOUNDED : Number(limit.value);
  return { cost: scale(size, 2 * TEXT_FACTOR), size: { min: 0, max } };
};

const join: Estimate = ({ target, args, sizeOfPath }) => {
  if (target === undefined) return undefined;
  const list = declaredSize(target, sizeOfPath);
  const item = itemNode(target);
  let size = item === undefined ? exactly(0) : times(list, declaredSize(item, sizeOfPath));
  const separator = args[0];
  if (separator !== undefined) {
    const count = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) };
    size = plus(size, times(declaredSize(separator, sizeOfPath), count));
  }
  return { cost: read(size), size };
};

function searchCost(text: Range, pattern: Range): Range {
  return times(read(plus(text, exactly(1))), scale(pattern, PATTERN_FACTOR));
}

const find: Estimate = ({ target, args, sizeOfPath }) => {
  if (target === undefined) return undefined;
  const size = declaredSize(target, sizeOfPath);
  const cost = searchCost(size, declaredSize(args[0]!, sizeOfPath));
  return { cost, size: { min: 0, max: size.max } };
};

const contained =
  (masked: boolean, parsed: string): Estimate =>
  ({ target, args, overload, sizeOfPath }) => {
    if (target === undefined) return undefined;
    let cost = read(plus(ADDRESS_BYTES, ADDRESS_BYTES));
    if (masked) cost = plus(plus(cost, read(ADDRESS_BYTES)), exactly(1));
    if (overload === parsed) cost = plus(cost, read(declaredSize(args[0]!, sizeOfPath)));
    return { cost };
  };

/** Only what is called on a target counts the text; upstream keeps to that. */
const parsedOnTarget: Estimate = ({ target, args, sizeOfPath }) =>
  target === undefined ? undefined : { cost: read(declaredSize(args[0]!, sizeOfPath)) };

const validate: Estimate = ({ target, args, sizeOfPath }) => {
  if (target === undefined) return undefined;
  return { cost: scale(read(declaredSize(args[0]!, sizeOfPath)), FORMAT_PATTERN_MAX * PATTERN_FACTOR) };
};

const opaqueEquality: Estimate = ({ args }) => {
  const [left, right] = args;
  if (left?.type.kind !== 'opaque' || left.type.name !== right?.type.name) return undefined;
  switch (left.type.name) {
    case 'optional_type':
      return undefined;
    case 'kubernetes.NamedFormat':
      return { cost: scale({ min: 1, max: FORMAT_NAME_MAX }, TEXT_FACTOR) };
    case 'kubernetes.URL':
      return { cost: scale({ min: 1, max: right?.size?.max ?? 1 }, TEXT_FACTOR) };
    default:
      return ONE;
  }
};

const ACCESSORS = [
  'masked',
  'prefixLength',
  'family',
  'isUnspecified',
  'isLoopback',
  'isLinkLocalMulticast',
  'isLinkLocalUnicast',
  'isGlobalUnicast',
  'sign',
  'asInteger',
  'isInteger',
  'asApproximateFloat',
  'isGreaterThan',
  'isLessThan',
  'compareTo',
  'add',
  'sub',
  'major',
  'minor',
  'patch',
  'getScheme',
  'getHostname',
  'getHost',
  'getPort',
  'getEscapedPath',
  'getQuery',
  'format.named',
  'serviceAccount',
  'path',
  'group',
  'resource',
  'subresource',
  'namespace',
  'name',
  'allowed',
  'reason',
  'error',
  'errored',
];

/** By the function's name: what Kubernetes estimates. */
const BY_NAME: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ...ACCESSORS.map((name) => [name, one] as const),
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name) => [name, traverse] as const),
  ...['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name) => [name, readTarget] as const),
  ...['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'].map(
    (name) => [name, parsedOnTarget] as const,
  ),
  ['check', () => ({ cost: exactly(AUTHORIZATION_COST) })],
  ['url', url],
  ['replace', replace],
  ['split', split],
  ['join', join],
  ['find', find],
  ['findAll', find],
  ['ip', ({ target }) => (target === undefined ? undefined : ONE)],
  ['containsIP', contained(false, 'cidr_contains_ip_string')],
  ['containsCIDR', contained(true, 'cidr_contains_cidr_string')],
  ['validate', validate],
  ['_==_', opaqueEquality],
]);

const readArg: Estimate = ({ args }) => ({ cost: read(sizeOf(args[0])) });
const shorter: Estimate = ({ args }) => {
  const max = Math.min(sizeOf(args[0]).max, sizeOf(args[1]).max);
  return { cost: scale({ min: max > 0 ? 1 : 0, max }, TEXT_FACTOR) };
};
const concatenate: Estimate = ({ args }) => {
  const size = plus(sizeOf(args[0]), sizeOf(args[1]));
  return { cost: read(size), size };
};
const sets =
  (factor: number): Estimate =>
  ({ args, sizeOfPath }) => {
    const product = times(declaredSize(args[0]!, sizeOfPath), declaredSize(args[1]!, sizeOfPath));
    return { cost: plus(scale(product, factor), exactly(1)) };
  };

/** A call that makes a list. */
const allocate = (factor: number, size: Range): CallEstimate => ({
  cost: plus(scale(size, factor), exactly(1 + LIST_COST)),
  size,
});

function literalInt(node: CostNode | undefined, otherwise: number): number {
  const expr = node?.expr;
  if (expr?.kind !== 'const' || typeof expr.value !== 'bigint') return otherwise;
  return Math.max(Number(expr.value), 0);
}

const slice: Estimate = ({ target, args, sizeOfPath }) => {
  const size = declaredSize(target!, sizeOfPath);
  const length = literalInt(args[1], size.max) - literalInt(args[0], 0);
  // Upstream subtracts without a sign.
  return allocate(1, exactly(length < 0 ? UNBOUNDED : length));
};

function compareItems(list: CostNode, isText: boolean, sizeOfPath: SizeOfPath): CallEstimate {
  const size = declaredSize(list, sizeOfPath);
  return allocate(isText ? 2 + TEXT_FACTOR : 2, times(size, size));
}

/** By the overload's id; before what goes by names. */
const LIBRARY_OVERLOADS: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
  ['list_slice', slice],
  ['list_reverse', ({ target, sizeOfPath }) => allocate(1, declaredSize(target!, sizeOfPath))],
  ['lists_range', ({ args }) => allocate(1, exactly(literalInt(args[0], UNBOUNDED)))],
  ['list_flatten', ({ target, sizeOfPath }) => allocate(1, declaredSize(target!, sizeOfPath))],
  [
    'list_flatten_int',
    ({ target, args, sizeOfPath }) => allocate(literalInt(args[0], UNBOUNDED), declaredSize(target!, sizeOfPath)),
  ],
  ['list_distinct', ({ target, sizeOfPath }) => compareItems(target!, false, sizeOfPath)],
  ...['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'].flatMap(
    (type): [string, Estimate][] => {
      const isText = type === 'string' || type === 'bytes';
      return [
        [`list_${type}_sort`, ({ target, sizeOfPath }) => compareItems(target!, isText, sizeOfPath)],
        [`list_${type}_sortByAssociatedKeys`, ({ args, sizeOfPath }) => compareItems(args[0]!, isText, sizeOfPath)],
      ];
    },
  ),
]);

/** By the overload's id: what cel-go estimates. */
const STANDARD_OVERLOADS: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['string_format', ({ target }) => ({ cost: read(sizeOf(target)) })],
  [
    'string_to_bytes',
    ({ args }) => ({ cost: read(sizeOf(args[0])), size: { min: sizeOf(args[0]).min, max: sizeOf(args[0]).max * 4 } }),
  ],
  [
    'bytes_to_string',
    ({ args }) => ({
      cost: read(sizeOf(args[0])),
      size: { min: Math.floor(sizeOf(args[0]).min / 4), max: sizeOf(args[0]).max },
    }),
  ],
  [
    'strings_quote',
    ({ args }) => ({
      cost: read(sizeOf(args[0])),
      size: { min: sizeOf(args[0]).min + 2, max: sizeOf(args[0]).max * 2 + 2 },
    }),
  ],
  ['starts_with_string', readArg],
  ['ends_with_string', readArg],
  ['in_list', ({ args }) => ({ cost: sizeOf(args[1]) })],
  ['matches_string', ({ target, args }) => ({ cost: searchCost(sizeOf(target), sizeOf(args[0])) })],
  ['contains_string', ({ target, args }) => ({ cost: times(read(sizeOf(target)), read(sizeOf(args[0]))) })],
  ['add_list', ({ args }) => ({ cost: exactly(1), size: plus(sizeOf(args[0]), sizeOf(args[1])) })],
  ['add_string', concatenate],
  ['add_bytes', concatenate],
  ['equals', shorter],
  ['not_equals', shorter],
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((id): [string, Estimate][] => [
    [`${id}_string`, shorter],
    [`${id}_bytes`, shorter],
  ]),
]);

/** What a call may cost beside its arguments. Logic and conditionals are the estimator's own. */
export function estimateCall(call: EstimatedCall): CallEstimate {
  return (
    LIBRARY_OVERLOADS.get(call.overload)?.(call) ??
    BY_NAME.get(call.name)?.(call) ??
    STANDARD_OVERLOADS.get(call.overload)?.(call) ??
    ONE
  );
}
