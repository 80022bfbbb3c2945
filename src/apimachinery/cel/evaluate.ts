import type { Checked, Reference } from './checker.js';
import type { Overload } from './environment.js';
import { type CallExpr, type Expr, isBinding, type ListExpr, type MapExpr, type SelectExpr } from './expr.js';
import { compileFold, type PartCompiler } from './fold.js';
import { type Code, CostExceeded, Frame, type Variables } from './frame.js';
import { keyTextOf, optionalIndex } from './library/containers.js';
import { LIST_COST, MAP_COST, NAME_COST, runtimeCallCost } from './runtime-cost.js';
import { type CelType, isDyn } from './type.js';
import {
  ArrayList,
  CelList,
  CelMap,
  EntryMap,
  Failure,
  noOverload,
  Opaque,
  Optional,
  typeName,
  typeOf,
  type Value,
} from './value.js';

export type Outcome =
  | { readonly value: Value; readonly cost: number }
  /** `limited`: the cost limit ended it. */
  | { readonly failure: string; readonly limited: boolean; readonly cost: number };

/** A compiled expression: made once, evaluated often, from any place. */
export class Program {
  private readonly code: Code;

  constructor(checked: Checked) {
    this.code = new Compiler(checked).compile(checked.expr);
  }

  /** @param costLimit evaluation ends with a failure beyond it */
  evaluate(variables: Variables, costLimit: number): Outcome {
    const frame = new Frame(variables, costLimit);
    try {
      return { value: this.code(frame), cost: frame.cost };
    } catch (error) {
      if (error instanceof Failure) return { failure: error.message, limited: false, cost: frame.cost };
      if (error instanceof CostExceeded) return { failure: error.message, limited: true, cost: frame.cost };
      throw error;
    }
  }
}

/** Where a local variable lives; `code` makes a value that is bound late. */
interface Local {
  readonly slot: number;
  readonly code?: Code;
}

/** Turns the nodes of a checked expression into functions. */
class Compiler implements PartCompiler {
  private readonly locals = new Map<string, Local>();
  private slots = 0;

  constructor(private readonly checked: Checked) {}

  compile(expr: Expr): Code {
    switch (expr.kind) {
      case 'const': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return this.name(expr);
      case 'select':
        return this.select(expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'fold':
        return isBinding(expr)
          ? this.late(expr.accumulator, this.compile(expr.init), () => this.compile(expr.result))
          : compileFold(this, expr);
      case 'struct':
        return () => {
          throw noOverload();
        };
    }
  }

  /** Compiles with a local variable in scope. @param make gets the variable's slot */
  local<T>(name: string, make: (slot: number) => T): T {
    return this.scoped(name, { slot: this.slots++ }, make);
  }

  private late(name: string, code: Code, make: () => Code): Code {
    const slot = this.slots++;
    const body = this.scoped(name, { slot, code }, make);
    return (frame) => {
      frame.slots[slot] = undefined;
      return body(frame);
    };
  }

  private scoped<T>(name: string, local: Local, make: (slot: number) => T): T {
    const before = this.locals.get(name);
    this.locals.set(name, local);
    const made = make(local.slot);
    if (before === undefined) this.locals.delete(name);
    else this.locals.set(name, before);
    return made;
  }

  private typeOf(expr: Expr): CelType {
    return this.checked.types.get(expr.id)!;
  }

  private name(expr: Expr): Code {
    const reference = this.checked.references.get(expr.id);
    if (reference?.kind === 'type') return typeCode(reference);
    const name = reference?.kind === 'variable' ? reference.name : '';
    const local = this.locals.get(name);
    return local === undefined ? variableCode(name) : localCode(local);
  }

  private select(expr: SelectExpr): Code {
    // A chain that names a variable or type as a whole.
    if (this.checked.references.has(expr.id)) return this.name(expr);
    const operand = this.compile(expr.operand);
    const { field } = expr;
    if (expr.testOnly) return (frame) => hasField(operand(frame), field);
    const cost = accessCost(expr.operand);
    return (frame) => {
      const value = operand(frame);
      frame.spend(cost);
      if (value instanceof CelMap) {
        const found = value.find(field);
        if (found === undefined) throw new Failure(`no such key: ${field}`);
        return found;
      }
      if (value instanceof Optional) return optionalIndex(value, field);
      throw noOverload();
    };
  }

  private call(expr: CallExpr): Code {
    const codes = expr.args.map((arg) => this.compile(arg));
    const [first, second, third] = codes;
    switch (expr.name) {
      case '_&&_':
        return logical(first!, second!, false);
      case '_||_':
        return logical(first!, second!, true);
      case '_?_:_':
        return conditional(first!, second!, third!);
      case '@not_strictly_false':
        return notStrictlyFalse(first!);
      case 'or':
      case 'orValue':
        if (expr.target !== undefined) return alternative(this.compile(expr.target), first!, expr.name === 'orValue');
    }
    return this.plainCall(expr, codes);
  }

  private plainCall(expr: CallExpr, codes: readonly Code[]): Code {
    const reference = this.checked.references.get(expr.id);
    if (reference?.kind !== 'function') throw new Error(`unchecked call of ${expr.name}`);
    const { overloads, declaration } = reference;
    const hasTarget = expr.target !== undefined && overloads[0]!.member;
    const args = hasTarget ? [this.compile(expr.target!), ...codes] : codes;
    const exprs = hasTarget ? [expr.target!, ...expr.args] : expr.args;
    const indexed = expr.name === '_[_]' || expr.name === '_[?_]' || expr.name === '_?._';
    // Indexing is one function whatever the container; whole numbers of any type are indices.
    const certain = indexed || (overloads.length === 1 && !exprs.some((arg) => isDyn(this.typeOf(arg))));
    const missing = (values: readonly Value[]) =>
      declaration.builtin
        ? noOverload()
        : new Failure(`no such overload: ${declaration.name}(${values.map(typeName).join(', ')})`);
    const pick = certain
      ? () => overloads[0]!
      : (values: readonly Value[]) => {
          const found = overloads.find((overload) => fits(overload, values));
          if (found === undefined) throw missing(values);
          return found;
        };
    const extra = indexed ? accessCost(expr.args[0]!) - NAME_COST : 0;
    return invoke(declaration.name, args, pick, extra);
  }

  private list(expr: ListExpr): Code {
    const codes = expr.elements.map((element) => this.compile(element));
    if (expr.elements.every(({ kind }) => kind === 'const')) {
      const list = new ArrayList(expr.elements.map((element) => (element.kind === 'const' ? element.value : null)));
      return () => list;
    }
    const { optional } = expr;
    return (frame) => {
      const items: Value[] = [];
      for (let i = 0; i < codes.length; i++) {
        const item = codes[i]!(frame);
        if (!optional.has(i)) items.push(item);
        else if (!(item instanceof Optional))
          throw new Failure(`cannot initialize optional list element from non-optional value ${textOf(item)}`);
        else if (item.value !== undefined) items.push(item.value);
      }
      frame.spend(LIST_COST);
      return new ArrayList(items);
    };
  }

  private map(expr: MapExpr): Code {
    const entries = expr.entries.map(({ key, value, optional }) => ({
      key: this.compile(key),
      value: this.compile(value),
      optional,
    }));
    return (frame) => {
      const map = new EntryMap();
      for (const entry of entries) {
        const key = entry.key(frame);
        let value: Value | undefined = entry.value(frame);
        if (entry.optional) {
          if (!(value instanceof Optional)) {
            throw new Failure(
              `cannot initialize optional entry '${textOf(key)}' from non-optional value ${textOf(value)}`,
            );
          }
          value = value.value;
        }
        if (value !== undefined && !map.add(key, value)) throw new Failure(`Failed with repeated key`);
      }
      frame.spend(MAP_COST);
      return map;
    };
  }
}

function typeCode(reference: Extract<Reference, { kind: 'type' }>): Code {
  return (frame) => {
    frame.spend(NAME_COST);
    return reference.value;
  };
}

function variableCode(name: string): Code {
  return (frame) => {
    frame.spend(NAME_COST);
    const value = frame.variables[name];
    if (value === undefined) throw new Failure(`no such attribute(s): ${name}`);
    return value;
  };
}

function localCode({ slot, code }: Local): Code {
  return (frame) => {
    frame.spend(NAME_COST);
    let value = frame.slots[slot];
    if (value === undefined && code !== undefined) value = frame.slots[slot] = code(frame);
    if (value instanceof Failure) throw value;
    if (value === undefined) throw noOverload();
    return value;
  };
}

/** A step into what no name leads to counts as one more name. */
function accessCost(operand: Expr): number {
  const named =
    operand.kind === 'ident' ||
    (operand.kind === 'select' && !operand.testOnly) ||
    (operand.kind === 'call' && operand.name === '_[_]');
  return named ? NAME_COST : 2 * NAME_COST;
}

function hasField(value: Value, field: string): boolean {
  if (value instanceof CelMap) return value.find(field) !== undefined;
  if (value instanceof Optional) return value.value !== undefined && hasField(value.value, field);
  throw noOverload();
}

/** `&&` and `||`: one side may fail where the other decides. @param decisive the value that decides */
function logical(left: Code, right: Code, decisive: boolean): Code {
  const rightSide = (frame: Frame, fault: Failure | undefined): Value => {
    if (fault === undefined) return right(frame);
    try {
      return right(frame);
    } catch (error) {
      throw error instanceof Failure ? fault : error;
    }
  };
  return (frame) => {
    let fault: Failure | undefined;
    try {
      const value = left(frame);
      if (value === decisive) return decisive;
      if (value !== !decisive) fault = noOverload();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      fault = error;
    }
    const value = rightSide(frame, fault);
    if (value === decisive) return decisive;
    if (fault !== undefined) throw fault;
    if (value !== !decisive) throw noOverload();
    return value;
  };
}

function conditional(test: Code, truthy: Code, falsy: Code): Code {
  return (frame) => {
    const value = test(frame);
    if (value === true) return truthy(frame);
    if (value === false) return falsy(frame);
    throw noOverload();
  };
}

function notStrictlyFalse(code: Code): Code {
  return (frame) => {
    frame.spend(1);
    try {
      return code(frame) !== false;
    } catch (error) {
      if (error instanceof Failure) return true;
      throw error;
    }
  };
}

/** `optional.or(other)` and `optional.orValue(other)`: the other is evaluated only where it is needed. */
function alternative(target: Code, other: Code, unwrap: boolean): Code {
  return (frame) => {
    const optional = target(frame);
    frame.spend(1);
    if (!(optional instanceof Optional)) throw noOverload();
    if (optional.value === undefined) return other(frame);
    return unwrap ? optional.value : optional;
  };
}

function invoke(
  name: string,
  args: readonly Code[],
  pick: (values: readonly Value[]) => Overload,
  extra: number,
): Code {
  const [first, second] = args;
  if (args.length === 2) {
    return (frame) => {
      const values = [first!(frame), second!(frame)];
      const overload = pick(values);
      const result = overload.evaluate(values[0]!, values[1]!);
      frame.spend(extra + runtimeCallCost(name, overload.id, values, result));
      return result;
    };
  }
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const overload = pick(values);
    const result = overload.evaluate(...values);
    frame.spend(extra + runtimeCallCost(name, overload.id, values, result));
    return result;
  };
}

/** Whether an overload takes values of these types; elements of lists and maps are not looked at. */
function fits(overload: Overload, values: readonly Value[]): boolean {
  return overload.args.length === values.length && overload.args.every((type, i) => accepts(type, values[i]!));
}

function accepts(type: CelType, value: Value): boolean {
  if (type.kind === 'dyn' || type.kind === 'param') return true;
  if (type.kind === 'list') return value instanceof CelList;
  if (type.kind === 'map') return value instanceof CelMap;
  if (type.kind === 'opaque' || type.kind === 'object') {
    if (value instanceof Optional) return type.name === 'optional_type';
    return value instanceof Opaque ? value.type.name === type.name : value instanceof CelMap && type.kind === 'object';
  }
  return typeOf(value).kind === (type.kind === 'wrapper' ? type.params[0]!.kind : type.kind);
}

function textOf(value: Value): string {
  return typeof value === 'object' && value !== null ? typeName(value) : keyTextOf(value);
}
