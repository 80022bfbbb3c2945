import { type CelType, DYN, isDyn, sameType, CelType as Type } from './type.js';

/** What is known of type parameters so far, by their names. */
export class Substitution {
  private readonly known: Map<string, CelType>;

  constructor(known?: Substitution) {
    this.known = new Map(known?.known);
  }

  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.known.get(type.name) : undefined;
  }

  add(type: CelType, meaning: CelType): void {
    this.known.set(type.name, meaning);
  }

  /** A type with its parameters replaced. @param loose unknown ones become dyn */
  apply(type: CelType, loose: boolean): CelType {
    const meaning = this.find(type);
    if (meaning !== undefined) return this.apply(meaning, loose);
    if (type.kind === 'param') return loose ? DYN : type;
    if (type.params.length === 0) return type;
    const params = type.params.map((inner) => this.apply(inner, loose));
    return new Type(type.kind, type.name, params, type.runtimeName);
  }
}

/**
 * Whether values of the first types may go where the second are wanted.
 * @returns the substitution that this implies; undefined where they may not
 */
export function assignAll(
  known: Substitution,
  from: readonly CelType[],
  to: readonly CelType[],
): Substitution | undefined {
  if (from.length !== to.length) return undefined;
  const extended = new Substitution(known);
  return from.every((type, i) => assignable(extended, type, to[i]!)) ? extended : undefined;
}

function assignable(known: Substitution, from: CelType, to: CelType): boolean {
  if (to.kind === 'param') {
    const bound = known.find(to) !== undefined;
    if (bind(known, from, to)) return true;
    if (bound) return false;
  }
  if (from.kind === 'param') return bind(known, to, from);
  if (isDyn(from) || isDyn(to)) return true;
  if (from.kind === 'null') return acceptsNull(to);
  if (to.kind === 'null') return acceptsNull(from);
  if (from.kind === 'wrapper') return assignable(known, from.params[0]!, to.kind === 'wrapper' ? to.params[0]! : to);
  if (to.kind === 'wrapper') return assignable(known, from, to.params[0]!);
  if (from.kind !== to.kind) return false;
  switch (from.kind) {
    case 'type':
      return true;
    case 'list':
    case 'map':
    case 'opaque':
      return (
        from.name === to.name &&
        from.params.length === to.params.length &&
        from.params.every((inner, i) => assignable(known, inner, to.params[i]!))
      );
    default:
      return from.name === to.name;
  }
}

/** Lets a parameter stand for a type, or for the more general of what it stood for and that. */
function bind(known: Substitution, type: CelType, parameter: CelType): boolean {
  if (sameType(type, parameter)) return true;
  const before = known.find(parameter);
  if (before !== undefined) {
    if (sameType(type, before)) return true;
    if (!assignable(known, type, before)) return false;
    const general = mostGeneral(type, before);
    if (!occursIn(known, parameter, general)) known.add(parameter, general);
    return true;
  }
  if (occursIn(known, parameter, type)) return false;
  known.add(parameter, type);
  return true;
}

export function mostGeneral(a: CelType, b: CelType): CelType {
  return isMoreGeneral(a, b) ? a : b;
}

function isMoreGeneral(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param') return false;
  if (b.kind === 'null') return acceptsNull(a);
  if (a.kind === 'null') return false;
  if (a.kind === 'wrapper') return sameType(a, b) || sameType(a.params[0]!, b);
  if (a.kind !== b.kind) return false;
  if (a.kind === 'list' || a.kind === 'map' || a.kind === 'opaque') {
    return (
      a.name === b.name &&
      a.params.length === b.params.length &&
      a.params.every((inner, i) => isMoreGeneral(inner, b.params[i]!))
    );
  }
  return a.kind === 'type' || a.name === b.name;
}

function acceptsNull(type: CelType): boolean {
  return ['null', 'opaque', 'object', 'timestamp', 'duration', 'wrapper'].includes(type.kind);
}

function occursIn(known: Substitution, parameter: CelType, type: CelType): boolean {
  if (sameType(parameter, type)) return true;
  const meaning = known.find(type);
  if (meaning !== undefined) return occursIn(known, parameter, meaning);
  return type.params.some((inner) => occursIn(known, parameter, inner));
}
