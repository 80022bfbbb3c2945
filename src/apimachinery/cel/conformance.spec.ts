import { describe, expect, it } from 'vitest';
import { parseDuration } from '../runtime/duration.js';
import { compileCel } from './compile.js';
import { declare, Environment, type FunctionDeclaration } from './environment.js';
import { Program } from './evaluate.js';
import { readTimestamp } from './library/moments.js';
import { OPERATORS } from './library/operators.js';
import { OPTIONALS } from './library/optionals.js';
import { STANDARD } from './library/standard.js';
import { STRINGS } from './library/strings.js';
import { BINDING_MACROS, TWO_VARIABLE_MACROS } from './macros.js';
import { CelCompileError } from './source.js';
import * as types from './type.js';
import { ArrayList, Duration, EntryMap, equal, Failure, TypeValue, typeName, Uint, type Value } from './value.js';

/** The CEL specification's own tests, as @bufbuild/cel-spec carries them in the JSON form of its messages. */
const DATA = '@bufbuild/cel-spec/testdata/conformance.js';

interface SpecType {
  readonly primitive?: string;
  readonly wellKnown?: string;
  readonly wrapper?: string;
  readonly listType?: { readonly elemType: SpecType };
  readonly mapType?: { readonly keyType: SpecType; readonly valueType: SpecType };
  readonly abstractType?: { readonly name: string; readonly parameterTypes?: readonly SpecType[] };
  readonly typeParam?: string;
  readonly messageType?: string;
  readonly null?: string;
}

type SpecValue = Readonly<Record<string, unknown>>;

interface SpecTest {
  readonly original: {
    readonly name?: string;
    readonly expr: string;
    readonly container?: string;
    readonly value?: SpecValue;
    readonly evalError?: unknown;
    readonly typedResult?: { readonly result?: SpecValue; readonly deducedType: SpecType };
    readonly disableCheck?: boolean;
    readonly checkOnly?: boolean;
    readonly bindings?: Readonly<Record<string, { readonly value: SpecValue }>>;
    readonly typeEnv?: readonly {
      readonly name: string;
      readonly ident?: { readonly type: SpecType };
      readonly function?: {
        readonly overloads: readonly {
          readonly overloadId: string;
          readonly isInstanceFunction?: boolean;
          readonly params?: readonly SpecType[];
          readonly resultType?: SpecType;
        }[];
      };
    }[];
  };
}

interface SpecSuite {
  readonly name: string;
  readonly suites?: readonly SpecSuite[];
  readonly tests?: readonly SpecTest[];
}

/** Not part of what Kubernetes has: messages, enums and the libraries for them, base64, math, blocks. */
const FOREIGN =
  /TestAllTypes|TestRequired|google\.protobuf\.(?!Timestamp|Duration)|proto[23]|google\.type|base64|math\.|cel\.block|cel\.iterVar|cel\.@|proto\.|GlobalEnum|(?:Value|NullValue)(?:\{|\.)/;
const FOREIGN_SUITES: ReadonlySet<string> = new Set(['proto2', 'proto3', 'enums', 'wrappers', 'dynamic', 'block_ext']);
/** The specification follows a later version of the string library, which formats otherwise. */
const LATER_FORMATS: ReadonlySet<string> = new Set(['format', 'format_errors']);
/**
 * Where cel-go, and so Kubernetes, is otherwise: the common type of an optional and null, and milliseconds of a duration, which are
 * all of it there.
 */
const OTHERWISE: ReadonlySet<string> = new Set(['legacy_nullable_types', 'get_milliseconds']);

const PRIMITIVES: Readonly<Record<string, types.CelType>> = {
  BOOL: types.BOOL,
  INT64: types.INT,
  UINT64: types.UINT,
  DOUBLE: types.DOUBLE,
  STRING: types.STRING,
  BYTES: types.BYTES,
  TIMESTAMP: types.TIMESTAMP,
  DURATION: types.DURATION,
};

function typeOf(type: SpecType = {}): types.CelType {
  const { listType, mapType, abstractType, typeParam, wrapper } = type;
  if (listType !== undefined) return types.listOf(typeOf(listType.elemType));
  if (mapType !== undefined) return types.mapOf(typeOf(mapType.keyType), typeOf(mapType.valueType));
  if (abstractType !== undefined)
    return types.opaque(abstractType.name, ...(abstractType.parameterTypes ?? []).map(typeOf));
  if (typeParam !== undefined) return types.param(typeParam);
  if (wrapper !== undefined) return types.wrapperOf(typeOf({ primitive: wrapper }));
  if (type.null !== undefined) return types.NULL;
  return PRIMITIVES[type.primitive ?? type.wellKnown ?? ''] ?? types.DYN;
}

function readValue(value: SpecValue): Value {
  const [kind, content] = Object.entries(value)[0]!;
  switch (kind) {
    case 'int64Value':
      return BigInt(String(content));
    case 'uint64Value':
      return new Uint(BigInt(String(content)));
    case 'doubleValue':
      return Number(content);
    case 'bytesValue':
      return new Uint8Array(Buffer.from(String(content), 'base64'));
    case 'listValue':
      return new ArrayList(((content as { values?: SpecValue[] }).values ?? []).map(readValue));
    case 'mapValue': {
      const map = new EntryMap();
      const { entries = [] } = content as { entries?: { key: SpecValue; value: SpecValue }[] };
      for (const entry of entries) map.add(readValue(entry.key), readValue(entry.value));
      return map;
    }
    case 'objectValue': {
      const message = content as { '@type': string; value: string };
      if (message['@type'].endsWith('Duration')) return new Duration(parseDuration(message.value));
      return readTimestamp(message.value)!;
    }
    case 'typeValue':
      return new TypeValue(new types.CelType('opaque', String(content)));
    default:
      return kind === 'nullValue' ? null : (content as string | boolean);
  }
}

function environmentOf({ typeEnv = [], container = '' }: SpecTest['original']): Environment {
  const functions: FunctionDeclaration[] = [];
  const variables: [string, types.CelType][] = [];
  for (const { name, ident, function: declared } of typeEnv) {
    if (ident !== undefined) variables.push([name, typeOf(ident.type)]);
    const overloads = (declared?.overloads ?? []).map((overload) => ({
      id: overload.overloadId,
      member: overload.isInstanceFunction === true,
      args: (overload.params ?? []).map(typeOf),
      result: typeOf(overload.resultType),
      evaluate: () => {
        throw new Failure('unbound function');
      },
    }));
    if (overloads.length > 0) functions.push(declare(name, ...overloads));
  }
  const macros = { functions, macros: new Map([...TWO_VARIABLE_MACROS, ...BINDING_MACROS]) };
  const libraries = [OPERATORS, STANDARD, STRINGS, OPTIONALS, macros];
  return Environment.of(libraries, { optionals: true, quotedFields: true, container }).extend(variables);
}

/** `fails` where the expression does not compile or has no value. */
function outcomeOf(test: SpecTest['original']): Value | 'fails' {
  try {
    const program = new Program(compileCel(test.expr, environmentOf(test), { literals: false }));
    const bindings = Object.entries(test.bindings ?? {}).map(([name, { value }]) => [name, readValue(value)] as const);
    const outcome = program.evaluate(Object.fromEntries(bindings), Number.POSITIVE_INFINITY);
    return 'failure' in outcome ? 'fails' : outcome.value;
  } catch (error) {
    if (error instanceof CelCompileError) return 'fails';
    throw error;
  }
}

function isForeign(test: SpecTest['original']): boolean {
  return (
    test.checkOnly === true ||
    FOREIGN.test(JSON.stringify([test.expr, test.value, test.typeEnv, test.container, test.bindings]))
  );
}

function check(test: SpecTest['original']): void {
  const outcome = outcomeOf(test);
  if (test.evalError !== undefined) {
    expect(outcome).toBe('fails');
    return;
  }
  const { result, deducedType } = test.typedResult ?? {};
  if (deducedType !== undefined) {
    const checked = compileCel(test.expr, environmentOf(test), { literals: false });
    expect(checked.types.get(checked.expr.id)!.toString()).toBe(typeOf(deducedType).toString());
  }
  const stated = test.value ?? result;
  if (stated === undefined && deducedType !== undefined) return;
  const wanted = stated === undefined ? true : readValue(stated);
  expect(outcome).not.toBe('fails');
  const value = outcome as Value;
  const bothNaN = Number.isNaN(value) && Number.isNaN(wanted);
  expect([typeName(value), bothNaN || equal(value, wanted)]).toEqual([typeName(wanted), true]);
}

/** Tests of a suite itself that apply. */
function testsOf(suite: SpecSuite): SpecTest['original'][] {
  if (FOREIGN_SUITES.has(suite.name) || LATER_FORMATS.has(suite.name) || OTHERWISE.has(suite.name)) return [];
  const tests = (suite.tests ?? []).map(({ original }) => original);
  return tests.filter((test) => !isForeign(test) && !OTHERWISE.has(test.name ?? '') && !isUnchecked(test));
}

/** Without checking, names may stay open until evaluation; here every expression is checked. */
const isUnchecked = (test: SpecTest['original']) => test.disableCheck === true && test.evalError === undefined;

function hasTests(suite: SpecSuite): boolean {
  if (FOREIGN_SUITES.has(suite.name)) return false;
  return testsOf(suite).length > 0 || (suite.suites ?? []).some(hasTests);
}

function declareSuite(suite: SpecSuite): void {
  if (!hasTests(suite)) return;
  const tests = testsOf(suite);
  describe(suite.name, () => {
    for (const test of tests) {
      it(`${test.name ?? ''}: ${test.expr}`, () => check(test));
    }
    for (const inner of suite.suites ?? []) declareSuite(inner);
  });
}

const data = (await import(DATA)) as { readonly tests: SpecSuite };

describe('the CEL specification', () => declareSuite(data.tests));
