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
import type { Value } from './value.js';

/** Makes the nodes of one expression, each with its own id. */
export class NodeFactory {
  private id = 0;

  constant(offset: number, value: Value): ConstExpr {
    return { kind: 'const', id: ++this.id, offset, value };
  }

  ident(offset: number, name: string): IdentExpr {
    return { kind: 'ident', id: ++this.id, offset, name };
  }

  select(offset: number, operand: Expr, field: string, testOnly = false): SelectExpr {
    return { kind: 'select', id: ++this.id, offset, operand, field, testOnly };
  }

  call(offset: number, name: string, args: readonly Expr[], target?: Expr): CallExpr {
    const node = { kind: 'call' as const, id: ++this.id, offset, name, args };
    return target === undefined ? node : { ...node, target };
  }

  list(offset: number, elements: readonly Expr[], optional: ReadonlySet<number> = new Set()): ListExpr {
    return { kind: 'list', id: ++this.id, offset, elements, optional };
  }

  map(offset: number, entries: readonly Entry<Expr>[]): MapExpr {
    return { kind: 'map', id: ++this.id, offset, entries };
  }

  struct(offset: number, type: string, fields: readonly Entry<string>[]): StructExpr {
    return { kind: 'struct', id: ++this.id, offset, type, fields };
  }

  fold(offset: number, parts: Omit<FoldExpr, 'kind' | 'id' | 'offset'>): FoldExpr {
    return { kind: 'fold', id: ++this.id, offset, ...parts };
  }

  /** Stands where something could not be read. */
  failure(offset: number): Expr {
    return this.constant(offset, null);
  }

  /** The same expression with ids of its own. */
  copy(expr: Expr): Expr {
    const id = ++this.id;
    switch (expr.kind) {
      case 'select':
        return { ...expr, id, operand: this.copy(expr.operand) };
      case 'call': {
        const args = expr.args.map((arg) => this.copy(arg));
        return expr.target === undefined
          ? { ...expr, id, args }
          : { ...expr, id, args, target: this.copy(expr.target) };
      }
      case 'list':
        return { ...expr, id, elements: expr.elements.map((element) => this.copy(element)) };
      case 'map': {
        const entries = expr.entries.map((entry) => ({
          ...entry,
          key: this.copy(entry.key),
          value: this.copy(entry.value),
        }));
        return { ...expr, id, entries };
      }
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((field) => ({ ...field, value: this.copy(field.value) })) };
      case 'fold':
        return {
          ...expr,
          id,
          range: this.copy(expr.range),
          init: this.copy(expr.init),
          condition: this.copy(expr.condition),
          step: this.copy(expr.step),
          result: this.copy(expr.result),
        };
      default:
        return { ...expr, id };
    }
  }
}
