import type {
  CallExpr,
  ConstExpr,
  Entry,
  Expr,
  FoldExpr,
  IdentExpr,
  ListExpr,
  MapExpr,
  SelectExpr,
  StructExpr,
} from './expr.js';
import { depthOf } from './expr.js';
import type { Value } from './value.js';

/** Depth of the tree of an expression, its macros expanded: what reads it goes as deep. */
export const TREE_DEPTH_MAX = 1000;
/** Nodes of one expression with its macros expanded: some macros double what they are applied to. */
const NODES_MAX = 200_000;

/** An expression expands to more than is worth reading. */
export class TooManyNodes extends Error {}

/** Makes the nodes of one expression, each with its own id. @throws TooManyNodes from all its methods */
export class NodeFactory {
  private id = 0;

  private next(): number {
    if (++this.id > NODES_MAX) throw new TooManyNodes('expression is too large');
    return this.id;
  }

  constant(offset: number, value: Value): ConstExpr {
    return { kind: 'const', id: this.next(), offset, value };
  }

  ident(offset: number, name: string): IdentExpr {
    return { kind: 'ident', id: this.next(), offset, name };
  }

  select(offset: number, operand: Expr, field: string, testOnly = false): SelectExpr {
    return { kind: 'select', id: this.next(), offset, operand, field, testOnly };
  }

  call(offset: number, name: string, args: readonly Expr[], target?: Expr): CallExpr {
    const node = { kind: 'call' as const, id: this.next(), offset, name, args };
    return target === undefined ? node : { ...node, target };
  }

  list(offset: number, elements: readonly Expr[], optional: ReadonlySet<number> = new Set()): ListExpr {
    return { kind: 'list', id: this.next(), offset, elements, optional };
  }

  map(offset: number, entries: readonly Entry<Expr>[]): MapExpr {
    return { kind: 'map', id: this.next(), offset, entries };
  }

  struct(offset: number, type: string, fields: readonly Entry<string>[]): StructExpr {
    return { kind: 'struct', id: this.next(), offset, type, fields };
  }

  fold(offset: number, parts: Omit<FoldExpr, 'kind' | 'id' | 'offset'>): FoldExpr {
    return { kind: 'fold', id: this.next(), offset, ...parts };
  }

  /** Stands where something could not be read. */
  failure(offset: number): Expr {
    return this.constant(offset, null);
  }

  /** The same expression with ids of its own. */
  copy(expr: Expr): Expr {
    if (depthOf(expr) > TREE_DEPTH_MAX) throw new TooManyNodes('max recursion depth exceeded');
    return this.duplicate(expr);
  }

  private duplicate(expr: Expr): Expr {
    const id = this.next();
    switch (expr.kind) {
      case 'select':
        return { ...expr, id, operand: this.duplicate(expr.operand) };
      case 'call': {
        const args = expr.args.map((arg) => this.duplicate(arg));
        return expr.target === undefined
          ? { ...expr, id, args }
          : { ...expr, id, args, target: this.duplicate(expr.target) };
      }
      case 'list':
        return { ...expr, id, elements: expr.elements.map((element) => this.duplicate(element)) };
      case 'map': {
        const entries = expr.entries.map((entry) => ({
          ...entry,
          key: this.duplicate(entry.key),
          value: this.duplicate(entry.value),
        }));
        return { ...expr, id, entries };
      }
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((field) => ({ ...field, value: this.duplicate(field.value) })) };
      case 'fold':
        return {
          ...expr,
          id,
          range: this.duplicate(expr.range),
          init: this.duplicate(expr.init),
          condition: this.duplicate(expr.condition),
          step: this.duplicate(expr.step),
          result: this.duplicate(expr.result),
        };
      default:
        return { ...expr, id };
    }
  }
}
