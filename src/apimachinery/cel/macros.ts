import { ACCUMULATOR, type Expr, UNUSED } from './expr.js';
import type { NodeFactory } from './nodes.js';

export interface MacroCall {
  readonly name: string;
  readonly offset: number;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

/** Why a call with a macro's name cannot be expanded; told at the call where no place is given. */
export interface MacroFault {
  readonly message: string;
  readonly offset?: number;
}

/** Expands a call; undefined leaves it a call. */
export type Macro = (make: NodeFactory, call: MacroCall) => Expr | MacroFault | undefined;

/** Macros by name, style and number of arguments: `all/2` belongs to a target, `has(1` to none. */
export type MacroSet = ReadonlyMap<string, Macro>;

export function expandMacro(macros: MacroSet, make: NodeFactory, call: MacroCall): Expr | MacroFault | undefined {
  return macros.get(`${call.name}${call.target === undefined ? '(' : '/'}${call.args.length}`)?.(make, call);
}

type Parts = { accumulated: Expr; init: Expr; condition: Expr; step: Expr; result: Expr };

/** Shape of one loop: what it starts from, how long it runs, what a turn does and what comes out. */
type Shape = (
  make: NodeFactory,
  at: number,
  body: readonly Expr[],
  accumulator: () => Expr,
  item: () => Expr,
) => Omit<Parts, 'accumulated'>;

const all: Shape = (make, at, [test], accumulator) => ({
  init: make.constant(at, true),
  condition: make.call(at, '@not_strictly_false', [accumulator()]),
  step: make.call(at, '_&&_', [accumulator(), test!]),
  result: accumulator(),
});

const exists: Shape = (make, at, [test], accumulator) => ({
  init: make.constant(at, false),
  condition: make.call(at, '@not_strictly_false', [make.call(at, '!_', [accumulator()])]),
  step: make.call(at, '_||_', [accumulator(), test!]),
  result: accumulator(),
});

const existsOne: Shape = (make, at, [test], accumulator) => ({
  init: make.constant(at, 0n),
  condition: make.constant(at, true),
  step: make.call(at, '_?_:_', [test!, make.call(at, '_+_', [accumulator(), make.constant(at, 1n)]), accumulator()]),
  result: make.call(at, '_==_', [accumulator(), make.constant(at, 1n)]),
});

/** With two parts the first decides whether the second is taken. */
const transformList: Shape = (make, at, body, accumulator) => {
  const value = body[body.length - 1]!;
  const grown = make.call(at, '_+_', [accumulator(), make.list(at, [value])]);
  return {
    init: make.list(at, []),
    condition: make.constant(at, true),
    step: body.length === 1 ? grown : make.call(at, '_?_:_', [body[0]!, grown, accumulator()]),
    result: accumulator(),
  };
};

const filter: Shape = (make, at, [test], accumulator, item) =>
  transformList(make, at, [test!, item()], accumulator, item);

const transformMap: Shape = (make, at, body, accumulator, item) => {
  const value = body[body.length - 1]!;
  const grown = make.call(at, 'cel.@mapInsert', [accumulator(), item(), value]);
  return {
    init: make.map(at, []),
    condition: make.constant(at, true),
    step: body.length === 1 ? grown : make.call(at, '_?_:_', [body[0]!, grown, accumulator()]),
    result: accumulator(),
  };
};

const transformMapEntry: Shape = (make, at, body, accumulator) => {
  const grown = make.call(at, 'cel.@mapInsert', [accumulator(), body[body.length - 1]!]);
  return {
    init: make.map(at, []),
    condition: make.constant(at, true),
    step: body.length === 1 ? grown : make.call(at, '_?_:_', [body[0]!, grown, accumulator()]),
    result: accumulator(),
  };
};

/** `target.macro(x, body...)` */
function oneVariable(shape: Shape, wrongName: string): Macro {
  return (make, { offset, target, args }) => {
    const name = args[0]!;
    if (name.kind !== 'ident') return { message: wrongName, offset: name.offset };
    const parts = shape(
      make,
      offset,
      args.slice(1),
      () => make.ident(offset, ACCUMULATOR),
      () => make.ident(offset, name.name),
    );
    return make.fold(offset, { range: target!, variable: name.name, accumulator: ACCUMULATOR, ...parts });
  };
}

/** `target.macro(i, x, body...)`: index and item of a list, key and value of a map. */
function twoVariables(shape: Shape): Macro {
  return (make, { offset, target, args }) => {
    const [first, second] = [args[0]!, args[1]!];
    for (const name of [first, second]) {
      if (name.kind !== 'ident') return { message: 'argument must be a simple name', offset: name.offset };
    }
    if (first.kind !== 'ident' || second.kind !== 'ident') return undefined;
    if (first.name === second.name) return { message: `duplicate variable name: ${first.name}`, offset: second.offset };
    const parts = shape(
      make,
      offset,
      args.slice(2),
      () => make.ident(offset, ACCUMULATOR),
      () => make.ident(offset, first.name),
    );
    const names = { variable: first.name, variable2: second.name, accumulator: ACCUMULATOR };
    return make.fold(offset, { range: target!, ...names, ...parts });
  };
}

const has: Macro = (make, { offset, args }) => {
  const arg = args[0]!;
  if (arg.kind !== 'select' || arg.testOnly) return { message: 'invalid argument to has() macro', offset: arg.offset };
  return make.select(offset, arg.operand, arg.field, true);
};

/** `name` stands for `value` in `body`: a loop that never runs, whose accumulator has the name. */
function binding(make: NodeFactory, at: number, name: string, value: Expr, body: Expr): Expr {
  return make.fold(at, {
    range: make.list(at, []),
    variable: UNUSED,
    accumulator: name,
    init: value,
    condition: make.constant(at, false),
    step: make.ident(at, name),
    result: body,
  });
}

/** `target.optMap(x, body)`; `flat` where the body yields an optional itself. */
const optionalMap =
  (flat: boolean): Macro =>
  (make, { offset, target, args }) => {
    const [name, body] = [args[0]!, args[1]!];
    const macro = flat ? 'optFlatMap' : 'optMap';
    if (name.kind !== 'ident') {
      return { message: `${macro}() variable name must be a simple identifier`, offset: name.offset };
    }
    const value = make.call(offset, 'value', [], make.copy(target!));
    const bound = binding(make, offset, name.name, value, body);
    return make.call(offset, '_?_:_', [
      make.call(offset, 'hasValue', [], target!),
      flat ? bound : make.call(offset, 'optional.of', [bound]),
      make.call(offset, 'optional.none', []),
    ]);
  };

const SORT_INPUT = '@__sortBy_input__';

/** `list.sortBy(x, key)` sorts by the keys of its items. */
const sortBy: Macro = (make, { offset, target, args }) => {
  const input = () => make.ident(offset, SORT_INPUT);
  const keys = oneVariable(transformList, 'argument is not an identifier')(make, {
    name: 'map',
    offset,
    target: input(),
    args,
  });
  if (keys === undefined || !('kind' in keys)) return keys;
  return binding(make, offset, SORT_INPUT, target!, make.call(offset, '@sortByAssociatedKeys', [keys], input()));
};

const bind: Macro = (make, { offset, target, args }) => {
  if (target?.kind !== 'ident' || target.name !== 'cel') return undefined;
  const name = args[0]!;
  if (name.kind !== 'ident')
    return { message: 'cel.bind() variable names must be simple identifiers', offset: name.offset };
  return binding(make, offset, name.name, args[1]!, args[2]!);
};

const SIMPLE_NAME = 'argument must be a simple name';
const IDENTIFIER = 'argument is not an identifier';

export const STANDARD_MACROS: MacroSet = new Map<string, Macro>([
  ['has(1', has],
  ['all/2', oneVariable(all, SIMPLE_NAME)],
  ['exists/2', oneVariable(exists, SIMPLE_NAME)],
  ['exists_one/2', oneVariable(existsOne, SIMPLE_NAME)],
  ['existsOne/2', oneVariable(existsOne, SIMPLE_NAME)],
  ['map/2', oneVariable(transformList, IDENTIFIER)],
  ['map/3', oneVariable(transformList, IDENTIFIER)],
  ['filter/2', oneVariable(filter, IDENTIFIER)],
]);

export const TWO_VARIABLE_MACROS: MacroSet = new Map<string, Macro>([
  ['all/3', twoVariables(all)],
  ['exists/3', twoVariables(exists)],
  ['exists_one/3', twoVariables(existsOne)],
  ['existsOne/3', twoVariables(existsOne)],
  ['transformList/3', twoVariables(transformList)],
  ['transformList/4', twoVariables(transformList)],
  ['transformMap/3', twoVariables(transformMap)],
  ['transformMap/4', twoVariables(transformMap)],
  ['transformMapEntry/3', twoVariables(transformMapEntry)],
  ['transformMapEntry/4', twoVariables(transformMapEntry)],
]);

export const OPTIONAL_MACROS: MacroSet = new Map<string, Macro>([
  ['optMap/2', optionalMap(false)],
  ['optFlatMap/2', optionalMap(true)],
]);

export const LIST_MACROS: MacroSet = new Map<string, Macro>([['sortBy/2', sortBy]]);
export const BINDING_MACROS: MacroSet = new Map<string, Macro>([['bind/3', bind]]);
