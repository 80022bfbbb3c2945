import type { Value } from './value.js';

/** The tree of an expression with its macros expanded. Every node has an id of its own, which the checker's findings go by. */
interface Node {
  readonly id: number;
  /** Where faults of this node are told: for a call its parenthesis, for an operator the operator. */
  readonly offset: number;
}

export interface ConstExpr extends Node {
  readonly kind: 'const';
  readonly value: Value;
}

export interface IdentExpr extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

export interface SelectExpr extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)`: whether the field is there. */
  readonly testOnly: boolean;
}

export interface CallExpr extends Node {
  readonly kind: 'call';
  /** Names of operators are cel-go's: `_+_`, `_[_]`, `@in`. */
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
  /** Indices of `?element`. */
  readonly optional: ReadonlySet<number>;
}

export interface Entry<Key> {
  readonly key: Key;
  readonly value: Expr;
  readonly optional: boolean;
  readonly offset: number;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly Entry<Expr>[];
}

export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: readonly Entry<string>[];
}

/** A loop over a list or map, to which all comprehension macros expand. */
export interface FoldExpr extends Node {
  readonly kind: 'fold';
  readonly range: Expr;
  readonly variable: string;
  readonly variable2?: string;
  readonly accumulator: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

export type Expr = ConstExpr | IdentExpr | SelectExpr | CallExpr | ListExpr | MapExpr | StructExpr | FoldExpr;

/** Accumulator of macros: no identifier that a user can write. */
export const ACCUMULATOR = '@result';
/** Iteration variable of bindings, whose loop never runs. */
export const UNUSED = '#unused';

/** Parts of a node, in the order of evaluation. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.elements;
    case 'map':
      return expr.entries.flatMap((entry) => [entry.key, entry.value]);
    case 'struct':
      return expr.fields.map((field) => field.value);
    case 'fold':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** Levels of the tree; found without recursion. */
export function depthOf(expr: Expr): number {
  let depth = 0;
  for (let level: readonly Expr[] = [expr]; level.length > 0; depth++) level = level.flatMap(childrenOf);
  return depth;
}

/** A fold that only names a value: cel.bind and its kin. */
export function isBinding(expr: FoldExpr): boolean {
  const { range, condition, accumulator } = expr;
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'const' &&
    condition.value === false &&
    accumulator !== ACCUMULATOR
  );
}
