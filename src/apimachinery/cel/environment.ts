import type { MacroSet } from './macros.js';
import type { SyntaxOptions } from './parser.js';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  object,
  optionalOf,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
} from './type.js';
import type { Value } from './value.js';

/** What a function does with its arguments (of a member: the target first). @throws Failure */
export type Implementation = (...args: Value[]) => Value;

/** One signature of a function. */
export interface Overload {
  /** cel-go's id: costs go by it. */
  readonly id: string;
  /** Called as `target.name(...)`: the first argument is the target. */
  readonly member: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly evaluate: Implementation;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** The name alone tells where no overload fits at run time: `no such overload`. Library functions tell the types too. */
  readonly builtin: boolean;
}

/** Functions, macros and types that belong together. */
export interface Library {
  readonly functions: readonly FunctionDeclaration[];
  readonly macros?: MacroSet;
  /** Types whose names are identifiers. */
  readonly types?: readonly CelType[];
}

/** Types with fields, by their names. */
export interface ObjectTypes {
  /** Type of a field; undefined where the type has no such field. */
  fieldType(typeName: string, field: string): CelType | undefined;
  has(typeName: string): boolean;
}

const NO_OBJECTS: ObjectTypes = { fieldType: () => undefined, has: () => false };

const TYPE_NAMES: readonly (readonly [string, CelType])[] = [
  ['bool', BOOL],
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['string', STRING],
  ['bytes', BYTES],
  ['null_type', NULL],
  ['list', listOf(DYN)],
  ['map', mapOf(DYN, DYN)],
  ['type', TYPE],
  ['google.protobuf.Timestamp', TIMESTAMP],
  ['google.protobuf.Duration', DURATION],
  ['optional_type', optionalOf(DYN)],
];

export interface EnvironmentOptions {
  readonly optionals: boolean;
  readonly quotedFields: boolean;
  /** Namespace in which names are looked up. */
  readonly container?: string;
}

/** What an expression may name. Immutable: `extend` makes one with more variables. */
export class Environment {
  private constructor(
    readonly syntax: SyntaxOptions,
    readonly container: string,
    private readonly functions: ReadonlyMap<string, FunctionDeclaration>,
    private readonly types: ReadonlyMap<string, CelType>,
    private readonly variables: ReadonlyMap<string, CelType>,
    readonly objects: ObjectTypes,
  ) {}

  /** Functions of the same name in several libraries are one function with all their overloads. */
  static of(libraries: readonly Library[], options: EnvironmentOptions): Environment {
    const functions = new Map<string, FunctionDeclaration>();
    for (const declared of libraries.flatMap((library) => library.functions)) {
      const before = functions.get(declared.name);
      const overloads = [...(before?.overloads ?? []), ...declared.overloads];
      functions.set(declared.name, { ...declared, overloads, builtin: before?.builtin ?? declared.builtin });
    }
    const macros = new Map(libraries.flatMap((library) => [...(library.macros ?? [])]));
    const types = new Map([
      ...TYPE_NAMES,
      ...libraries.flatMap(({ types: more = [] }) => more.map((type) => [type.runtimeName, type] as const)),
    ]);
    const { container = '', ...syntax } = options;
    return new Environment({ macros, ...syntax }, container, functions, types, new Map(), NO_OBJECTS);
  }

  extend(variables: Iterable<readonly [string, CelType]>, objects: ObjectTypes = this.objects): Environment {
    const all = new Map([...this.variables, ...variables]);
    return new Environment(this.syntax, this.container, this.functions, this.types, all, objects);
  }

  /** A name as it stands, or as the container's namespaces complete it: the innermost that is declared. */
  candidates(name: string): string[] {
    if (name.startsWith('.')) return [name.slice(1)];
    const names: string[] = [];
    for (
      let prefix = this.container;
      prefix !== '';
      prefix = prefix.includes('.') ? prefix.slice(0, prefix.lastIndexOf('.')) : ''
    ) {
      names.push(`${prefix}.${name}`);
    }
    return [...names, name];
  }

  findFunction(name: string): FunctionDeclaration | undefined {
    for (const candidate of this.candidates(name)) {
      const found = this.functions.get(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  variable(name: string): CelType | undefined {
    return this.variables.get(name);
  }

  /** The type that a name stands for. */
  namedType(name: string): CelType | undefined {
    return this.types.get(name) ?? (this.objects.has(name) ? object(name) : undefined);
  }
}

/** Shorthands with which libraries declare. */
export const overload = (
  id: string,
  args: readonly CelType[],
  result: CelType,
  evaluate: Implementation,
): Overload => ({
  id,
  member: false,
  args,
  result,
  evaluate,
});

export const member = (id: string, args: readonly CelType[], result: CelType, evaluate: Implementation): Overload => ({
  id,
  member: true,
  args,
  result,
  evaluate,
});

export const builtin = (name: string, ...overloads: Overload[]): FunctionDeclaration => ({
  name,
  overloads,
  builtin: true,
});

export const declare = (name: string, ...overloads: Overload[]): FunctionDeclaration => ({
  name,
  overloads,
  builtin: false,
});
