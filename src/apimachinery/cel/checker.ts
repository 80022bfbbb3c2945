import type { Environment, FunctionDeclaration, Overload } from './environment.js';
import type { CallExpr, Expr, FoldExpr, ListExpr, MapExpr, SelectExpr, StructExpr } from './expr.js';
import type { CelIssue } from './source.js';
import {
  BOOL,
  type CelType,
  DYN,
  ERROR,
  INT,
  isDyn,
  isOptional,
  listOf,
  mapOf,
  optionalOf,
  param,
  typeOfType,
  unwrapOptional,
} from './type.js';
import { assignAll, mostGeneral, Substitution } from './unify.js';
import { TypeValue, typeOf } from './value.js';

/** What a name in an expression turned out to be. */
export type Reference =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'type'; readonly value: TypeValue }
  | { readonly kind: 'function'; readonly declaration: FunctionDeclaration; readonly overloads: readonly Overload[] };

/** What the checker found out, by the ids of nodes. */
export interface Checked {
  readonly expr: Expr;
  readonly types: ReadonlyMap<number, CelType>;
  readonly references: ReadonlyMap<number, Reference>;
  readonly issues: readonly CelIssue[];
}

/**
 * Finds the types of an expression's parts, what its names mean and which overloads its calls may take.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
 */
export function check(environment: Environment, expr: Expr): Checked {
  const checker = new Checker(environment);
  checker.visit(expr);
  return checker.finish(expr);
}

type Scope = ReadonlyMap<string, CelType>;

class Checker {
  private readonly types = new Map<number, CelType>();
  private readonly references = new Map<number, Reference>();
  private readonly issues: CelIssue[] = [];
  private readonly scopes: Scope[] = [];
  private known = new Substitution();
  private fresh = 0;

  constructor(private readonly environment: Environment) {}

  finish(expr: Expr): Checked {
    const types = new Map<number, CelType>();
    for (const [id, type] of this.types) types.set(id, this.known.apply(type, true));
    return { expr, types, references: this.references, issues: this.issues };
  }

  visit(expr: Expr): CelType {
    const type = this.typeOf(expr);
    this.types.set(expr.id, type);
    return type;
  }

  private typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'const':
        return typeOf(expr.value);
      case 'ident':
        return this.name(expr, expr.name) ?? this.undeclared(expr, expr.name);
      case 'select':
        return this.select(expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return this.struct(expr);
      case 'fold':
        return this.fold(expr);
    }
  }

  /** The variable or type that a (dotted) name stands for. */
  private name(expr: Expr, name: string): CelType | undefined {
    if (!name.startsWith('.')) {
      for (let i = this.scopes.length - 1; i >= 0; i--) {
        const local = this.scopes[i]!.get(name);
        if (local === undefined) continue;
        this.references.set(expr.id, { kind: 'variable', name });
        return local;
      }
    }
    for (const candidate of this.environment.candidates(name)) {
      const variable = this.environment.variable(candidate);
      if (variable !== undefined) {
        this.references.set(expr.id, { kind: 'variable', name: candidate });
        return variable;
      }
      const type = this.environment.namedType(candidate);
      if (type !== undefined) {
        this.references.set(expr.id, { kind: 'type', value: new TypeValue(type) });
        return typeOfType(type);
      }
    }
    return undefined;
  }

  private undeclared(expr: Expr, name: string): CelType {
    const text = `undeclared reference to '${name}' (in container '${this.environment.container}')`;
    return this.fault(expr.offset, text);
  }

  private select(expr: SelectExpr): CelType {
    if (!expr.testOnly) {
      const qualified = qualifiedName(expr);
      const type = qualified === undefined || this.isLocal(qualified) ? undefined : this.name(expr, qualified);
      if (type !== undefined) return type;
    }
    const operand = this.known.apply(this.visit(expr.operand), false);
    const type = this.fieldOf(expr.offset, operand, expr.field, false);
    return expr.testOnly ? BOOL : type;
  }

  /** A local variable hides the dotted names that begin with its name. */
  private isLocal(qualified: string): boolean {
    const first = qualified.split('.', 1)[0]!;
    return this.scopes.some((scope) => scope.has(first));
  }

  private fieldOf(offset: number, type: CelType, field: string, optional: boolean): CelType {
    const target = unwrapOptional(type);
    const found = this.plainField(offset, target, field);
    return optional || isOptional(type) ? optionalOf(unwrapOptional(found)) : found;
  }

  private plainField(offset: number, type: CelType, field: string): CelType {
    switch (type.kind) {
      case 'dyn':
      case 'error':
        return DYN;
      case 'map':
        return type.params[1]!;
      case 'param':
        // Only dyn keeps what else the parameter may become open.
        this.assign(DYN, type);
        return DYN;
      case 'object': {
        const found = this.environment.objects.fieldType(type.name, field);
        return found ?? this.fault(offset, `undefined field '${field}'`);
      }
      default:
        return this.fault(offset, `type '${type}' does not support field selection`);
    }
  }

  private call(expr: CallExpr): CelType {
    if (expr.name === '_?._') return this.optionalSelect(expr);
    const { target } = expr;
    const namespace = target === undefined ? undefined : qualifiedName(target);
    if (namespace !== undefined && !this.isLocal(namespace)) {
      const declared = this.environment.findFunction(`${namespace}.${expr.name}`);
      if (declared !== undefined) return this.resolve(expr, declared, undefined);
    }
    const declared = this.environment.findFunction(expr.name);
    const type = target === undefined ? undefined : this.visit(target);
    if (declared !== undefined) return this.resolve(expr, declared, type);
    for (const arg of expr.args) this.visit(arg);
    return this.undeclared(expr, expr.name);
  }

  private optionalSelect(expr: CallExpr): CelType {
    const [operand, field] = expr.args;
    const type = this.known.apply(this.visit(operand!), false);
    this.visit(field!);
    const name = field!.kind === 'const' ? String(field!.value) : '';
    const declaration = this.environment.findFunction(expr.name);
    if (declaration !== undefined) {
      this.references.set(expr.id, { kind: 'function', declaration, overloads: declaration.overloads });
    }
    return this.fieldOf(expr.offset, type, name, true);
  }

  private resolve(expr: CallExpr, declaration: FunctionDeclaration, target: CelType | undefined): CelType {
    const args = expr.args.map((arg) => this.visit(arg));
    if (expr.name === '_&&_' || expr.name === '_||_') return this.logic(expr, declaration, args);
    const given = target === undefined ? args : [target, ...args];
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of declaration.overloads) {
      if (overload.member !== (target !== undefined)) continue;
      const instance = this.instantiate(overload);
      const known = assignAll(this.known, given, instance.args);
      if (known === undefined) continue;
      this.known = known;
      fitting.push(overload);
      const type = known.apply(instance.result, false);
      if (result === undefined) result = type;
      else if (!isDyn(result) && result.toString() !== type.toString()) result = DYN;
    }
    if (result === undefined) {
      const types = given.map((type) => this.known.apply(type, true).toString());
      const shown = target === undefined ? `(${types.join(', ')})` : `${types[0]}.(${types.slice(1).join(', ')})`;
      return this.fault(expr.offset, `found no matching overload for '${declaration.name}' applied to '${shown}'`);
    }
    this.references.set(expr.id, { kind: 'function', declaration, overloads: fitting });
    return result;
  }

  /** Each operand is judged by itself. */
  private logic(expr: CallExpr, declaration: FunctionDeclaration, args: readonly CelType[]): CelType {
    this.references.set(expr.id, { kind: 'function', declaration, overloads: declaration.overloads });
    args.forEach((type, i) => {
      this.expect(expr.args[i]!, type, BOOL);
    });
    return BOOL;
  }

  /** An overload with type parameters of its own. */
  private instantiate(overload: Overload): { args: CelType[]; result: CelType } {
    const renaming = new Substitution();
    const rename = (type: CelType): void => {
      if (type.kind === 'param' && renaming.find(type) === undefined) renaming.add(type, this.unknown());
      for (const inner of type.params) rename(inner);
    };
    for (const arg of overload.args) rename(arg);
    rename(overload.result);
    const instance = (type: CelType) => renaming.apply(type, false);
    return { args: overload.args.map(instance), result: instance(overload.result) };
  }

  private unknown(): CelType {
    return param(`_var${this.fresh++}`);
  }

  private list(expr: ListExpr): CelType {
    let element: CelType | undefined;
    expr.elements.forEach((item, i) => {
      const type = this.visit(item);
      element = this.join(element, expr.optional.has(i) ? this.optionalContent(item, type) : type);
    });
    return listOf(element ?? this.unknown());
  }

  private map(expr: MapExpr): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of expr.entries) {
      key = this.join(key, this.visit(entry.key));
      const type = this.visit(entry.value);
      value = this.join(value, entry.optional ? this.optionalContent(entry.value, type) : type);
    }
    return mapOf(key ?? this.unknown(), value ?? this.unknown());
  }

  /** The common type of a literal's elements; dyn where there is none. */
  private join(before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    return this.assign(before, type)
      ? mostGeneral(this.known.apply(before, false), this.known.apply(type, false))
      : DYN;
  }

  private optionalContent(item: Expr, type: CelType): CelType {
    const known = this.known.apply(type, false);
    if (isOptional(known)) return known.params[0]!;
    if (!isDyn(known)) this.fault(item.offset, `expected type '${optionalOf(known)}' but found '${known}'`);
    return known;
  }

  private struct(expr: StructExpr): CelType {
    for (const candidate of this.environment.candidates(expr.type)) {
      const type = this.environment.variable(candidate) ?? this.environment.namedType(candidate);
      if (type === undefined) continue;
      const isType = this.environment.namedType(candidate) !== undefined;
      if (!isType) return this.fault(expr.offset, `'${type}' is not a type`);
      return this.fault(expr.offset, `'${type}' is not a message type`);
    }
    return this.undeclared(expr, expr.type);
  }

  private fold(expr: FoldExpr): CelType {
    const range = this.known.apply(this.visit(expr.range), false);
    const init = this.visit(expr.init);
    const variables = this.iterationTypes(expr, range);
    this.scopes.push(new Map([[expr.accumulator, init]]));
    this.scopes.push(variables);
    this.expect(expr.condition, this.visit(expr.condition), BOOL);
    this.expect(expr.step, this.visit(expr.step), init);
    this.scopes.pop();
    const result = this.visit(expr.result);
    this.scopes.pop();
    return this.known.apply(result, false);
  }

  private iterationTypes(expr: FoldExpr, range: CelType): Scope {
    const named = (first: CelType, second: CelType, single: CelType): Scope =>
      expr.variable2 === undefined
        ? new Map([[expr.variable, single]])
        : new Map([
            [expr.variable, first],
            [expr.variable2, second],
          ]);
    switch (range.kind) {
      case 'list':
        return named(INT, range.params[0]!, range.params[0]!);
      case 'map':
        return named(range.params[0]!, range.params[1]!, range.params[0]!);
      case 'dyn':
      case 'error':
      case 'param':
        if (range.kind === 'param') this.assign(DYN, range);
        return named(DYN, DYN, DYN);
      default:
        this.fault(
          expr.range.offset,
          `expression of type '${range}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return named(ERROR, ERROR, ERROR);
    }
  }

  private expect(expr: Expr, found: CelType, wanted: CelType): void {
    if (this.assign(found, wanted)) return;
    const [shownWanted, shownFound] = [this.known.apply(wanted, false), this.known.apply(found, false)];
    this.fault(expr.offset, `expected type '${shownWanted}' but found '${shownFound}'`);
  }

  private assign(from: CelType, to: CelType): boolean {
    const known = assignAll(this.known, [from], [to]);
    if (known !== undefined) this.known = known;
    return known !== undefined;
  }

  private fault(offset: number, message: string): CelType {
    this.issues.push({ offset, message });
    return ERROR;
  }
}

/** `a.b.c` as one name; undefined for what is no plain chain. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.testOnly) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}
