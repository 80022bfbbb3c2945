import { estimateCall, LIST_COST, MAP_COST, NAME_COST, STRUCT_COST } from './call-estimate.js';
import type { Checked } from './checker.js';
import {
  type CostNode,
  exactly,
  plus,
  type Range,
  type SizeOfPath,
  times,
  UNBOUNDED,
  UNKNOWN,
  union,
} from './estimate.js';
import {
  ACCUMULATOR,
  type CallExpr,
  type Expr,
  type FoldExpr,
  isBinding,
  type ListExpr,
  type MapExpr,
  type SelectExpr,
} from './expr.js';
import { type CelType, isOptional } from './type.js';
import { textLength, type Value } from './value.js';

/** Sizes of the keys (or indices) and values that a container holds. */
interface EntrySizes {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

/**
 * The least and the most that evaluating an expression may cost, before any object is seen.
 * @see https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
 */
export function estimateCost(checked: Checked, sizeOfPath: SizeOfPath): Range {
  return new Estimator(checked, sizeOfPath).cost(checked.expr);
}

const NOTHING = exactly(0);
const SCALARS: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

class Estimator {
  private readonly paths = new Map<number, readonly string[]>();
  private readonly sizes = new Map<number, Range>();
  private readonly entries = new Map<number, EntrySizes>();
  private readonly locals = new Map<string, Local[]>();

  constructor(
    private readonly checked: Checked,
    private readonly sizeOfPath: SizeOfPath,
  ) {}

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'const':
        return NOTHING;
      case 'ident':
        return this.named(expr, expr.name);
      case 'select':
        return this.select(expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return expr.fields.reduce((sum, field) => plus(sum, this.cost(field.value)), exactly(STRUCT_COST));
      case 'fold':
        return isBinding(expr) ? this.binding(expr) : this.fold(expr);
    }
  }

  private named(expr: Expr, name: string): Range {
    this.paths.set(expr.id, this.local(name)?.path ?? [name]);
    return exactly(NAME_COST);
  }

  private select(expr: SelectExpr): Range {
    if (this.checked.references.has(expr.id)) return exactly(NAME_COST);
    const operand = this.cost(expr.operand);
    if (expr.testOnly) return operand;
    const { kind } = this.typeOf(expr.operand);
    const isAccess = kind === 'map' || kind === 'object' || kind === 'param';
    this.paths.set(expr.id, [...this.pathOf(expr.operand), expr.field]);
    return isAccess ? plus(operand, exactly(NAME_COST)) : operand;
  }

  private call(expr: CallExpr): Range {
    const [first] = expr.args;
    if (expr.name === 'dyn' && first !== undefined) {
      const cost = this.cost(first);
      this.copySizes(expr, first);
      return plus(exactly(1), cost);
    }
    const costs = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.node(arg));
    const reference = this.checked.references.get(expr.id);
    if (reference?.kind !== 'function') return NOTHING;
    const isMember = expr.target !== undefined && reference.overloads[0]!.member;
    // What only names the function's namespace is no target.
    const targetCost = isMember ? this.cost(expr.target!) : NOTHING;
    const target = isMember ? this.node(expr.target!) : undefined;
    let total: Range = { min: UNBOUNDED, max: 0 };
    let size: Range | undefined;
    for (const overload of reference.overloads) {
      const estimate = this.callCost(expr, overload.id, target, args, costs);
      total = union(total, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size);
      if ((overload.id === 'index_list' || overload.id === 'index_map') && first !== undefined) {
        size = this.entriesOf(first)?.value;
        this.paths.set(expr.id, [...this.pathOf(first), overload.id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.sizeOf(expr);
    }
    if (size !== undefined) this.sizes.set(expr.id, size);
    return plus(targetCost, total);
  }

  private callCost(
    expr: CallExpr,
    overload: string,
    target: CostNode | undefined,
    args: readonly CostNode[],
    costs: readonly Range[],
  ): { cost: Range; size?: Range | undefined } {
    const argCost = costs.reduce(plus, NOTHING);
    switch (overload) {
      case 'logical_and':
      case 'logical_or':
        return { cost: { min: costs[0]!.min, max: plus(costs[0]!, costs[1]!).max } };
      case 'conditional': {
        const [, truthy, falsy] = expr.args;
        this.uniteEntries(expr, truthy!, falsy!);
        const cost = plus(costs[0]!, union(costs[1]!, costs[2]!));
        return { cost, size: union(args[1]!.size ?? UNKNOWN, args[2]!.size ?? UNKNOWN) };
      }
      case 'add_list':
      case 'add_string':
      case 'add_bytes':
        this.uniteEntries(expr, expr.args[0]!, expr.args[1]!);
    }
    const estimate = estimateCall({ name: expr.name, overload, target, args, sizeOfPath: this.sizeOfPath });
    return { cost: plus(estimate.cost, argCost), size: estimate.size };
  }

  private uniteEntries(expr: Expr, a: Expr, b: Expr): void {
    const [left, right] = [this.entriesOf(a), this.entriesOf(b)];
    if (left === undefined || right === undefined) return;
    const united = { key: union(left.key, right.key), value: union(left.value, right.value) };
    this.entries.set(expr.id, { container: left.container, ...united });
  }

  private list(expr: ListExpr): Range {
    let sum = exactly(LIST_COST);
    let value: Range = { min: expr.elements.length === 0 ? 0 : UNBOUNDED, max: 0 };
    for (const element of expr.elements) {
      sum = plus(sum, this.cost(element));
      value = union(value, this.sizeOf(element) ?? UNKNOWN);
    }
    this.entries.set(expr.id, { container: 'list', key: exactly(1), value });
    return sum;
  }

  private map(expr: MapExpr): Range {
    let sum = exactly(MAP_COST);
    const least = expr.entries.length === 0 ? 0 : UNBOUNDED;
    let key: Range = { min: least, max: 0 };
    let value: Range = { min: least, max: 0 };
    for (const entry of expr.entries) {
      sum = plus(plus(sum, this.cost(entry.key)), this.cost(entry.value));
      key = union(key, this.sizeOf(entry.key) ?? UNKNOWN);
      value = union(value, this.sizeOf(entry.value) ?? UNKNOWN);
    }
    this.entries.set(expr.id, { container: 'map', key, value });
    return sum;
  }

  private fold(expr: FoldExpr): Range {
    let sum = plus(this.cost(expr.range), this.cost(expr.init));
    this.pushValue(expr.accumulator, expr.init);
    this.pushIteration(expr);
    const turn = plus(this.cost(expr.condition), this.cost(expr.step));
    this.pop(expr.variable);
    if (expr.variable2 !== undefined) this.pop(expr.variable2);
    sum = plus(sum, this.cost(expr.result));
    this.pop(expr.accumulator);
    const turns = this.sizeOf(expr.range) ?? UNKNOWN;
    if (expr.init.kind === 'const') this.setSize(expr, this.sizeOf(expr.init));
    if (expr.init.kind === 'list' || expr.init.kind === 'map') {
      this.setSize(expr, turns);
      const entries = this.entriesOf(expr.step);
      if (entries !== undefined) this.entries.set(expr.id, entries);
    }
    return plus(sum, times(turns, turn));
  }

  private binding(expr: FoldExpr): Range {
    let sum = plus(this.cost(expr.range), this.cost(expr.init));
    this.pushValue(expr.accumulator, expr.init);
    sum = plus(sum, this.cost(expr.result));
    this.pop(expr.accumulator);
    this.copySizes(expr, expr.result);
    return sum;
  }

  private pushIteration({ range, variable, variable2 }: FoldExpr): void {
    const entries = this.entriesOf(range);
    const isList = (entries?.container ?? this.typeOf(range).kind) === 'list';
    const path = this.pathOf(range);
    const keys = { path: [...path, isList ? '@indices' : '@keys'], size: entries?.key, entries: undefined };
    const values = { path: [...path, isList ? '@items' : '@values'], size: entries?.value, entries: undefined };
    if (variable2 === undefined) {
      this.push(variable, isList ? values : keys);
      return;
    }
    this.push(variable, keys);
    this.push(variable2, values);
  }

  private pushValue(name: string, value: Expr): void {
    this.push(name, { path: this.pathOf(value), size: this.sizeOf(value), entries: this.entriesOf(value) });
  }

  private push(name: string, local: Local): void {
    const stack = this.locals.get(name);
    if (stack === undefined) this.locals.set(name, [local]);
    else stack.push(local);
  }

  private pop(name: string): void {
    this.locals.get(name)!.pop();
  }

  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1);
  }

  private typeOf(expr: Expr): CelType {
    return this.checked.types.get(expr.id)!;
  }

  private pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === 'ident' ? this.local(expr.name) : undefined;
    return local?.path ?? this.paths.get(expr.id) ?? [];
  }

  private node(expr: Expr): CostNode {
    const path = this.pathOf(expr);
    return { expr, type: this.typeOf(expr), path: path[0] === ACCUMULATOR ? [] : path, size: this.sizeOf(expr) };
  }

  private setSize(expr: Expr, size: Range | undefined): void {
    if (size !== undefined) this.sizes.set(expr.id, size);
  }

  private copySizes(to: Expr, from: Expr): void {
    this.setSize(to, this.sizeOf(from));
    const entries = this.entriesOf(from);
    if (entries !== undefined) this.entries.set(to.id, entries);
  }

  private sizeOf(expr: Expr): Range | undefined {
    const known = this.sizes.get(expr.id) ?? ownSize(expr);
    if (known !== undefined) return known;
    const declared = this.sizeOfPath(this.pathOf(expr));
    if (declared !== undefined) {
      this.sizes.set(expr.id, declared);
      return declared;
    }
    const type = this.checked.types.get(expr.id);
    if (type !== undefined && isScalar(type)) return exactly(1);
    return expr.kind === 'ident' ? this.local(expr.name)?.size : undefined;
  }

  private entriesOf(expr: Expr): EntrySizes | undefined {
    return this.entries.get(expr.id) ?? (expr.kind === 'ident' ? this.local(expr.name)?.entries : undefined);
  }
}

function isScalar(type: CelType): boolean {
  return isOptional(type) ? isScalar(type.params[0]!) : SCALARS.has(type.kind);
}

/** Size of what stands in the expression itself. */
function ownSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return exactly(expr.elements.length);
  if (expr.kind === 'map') return exactly(expr.entries.length);
  return expr.kind === 'const' ? exactly(constantSize(expr.value)) : undefined;
}

function constantSize(value: Value): number {
  if (typeof value === 'string') return textLength(value);
  return value instanceof Uint8Array ? value.length : 1;
}
