import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCel } from './compile.js';
import { Program } from './evaluate.js';
import { kubernetesEnvironment } from './library/kubernetes.js';
import { CelCompileError } from './source.js';
import { DYN } from './type.js';

const COST_MAX = 1_000_000;
const environment = kubernetesEnvironment().extend([['x', DYN]]);

function run(source: string, limit = COST_MAX) {
  return new Program(compileCel(source, environment)).evaluate({ x: 'text' }, limit);
}

const holds = (source: string) => {
  const outcome = run(source);
  expect('failure' in outcome ? outcome.failure : outcome.value).toBe(true);
};

const fails = (source: string, failure: string) => expect(run(source)).toMatchObject({ failure });

describe('evaluation', () => {
  it.each([
    '(false && 1 / 0 == 1) == false',
    '(1 / 0 == 1 && false) == false',
    'true || 1 / 0 == 1',
    '1 / 0 == 1 || true',
    '[0, 1].exists(n, 1 / n == 1)',
    '![0, 2].all(n, 1 / n == 1)',
    '1 == dyn(1.0) && dyn(1u) == 1 && dyn(1) != "1"',
    '{1: "a"}[dyn(1u)] == "a"',
    '2 < 2.5 && 3u > 2 && 1.5 < 2u',
    'b"\\xff" + b"a" == b"\\xffa"',
    '"日本語".size() == 3 && "日本語".charAt(1) == "本"',
    'type(1) == int && type(type(1)) == type && type([]) == list',
    '[1, 2, 3].transformList(i, v, i > 0, v * i) == [2, 6]',
    '{"a": 1}.transformMap(k, v, k + string(v)) == {"a": "a1"}',
    '[1, 2].transformMapEntry(i, v, {string(i): v}) == {"0": 1, "1": 2}',
    '[1, 2, 2].existsOne(i, v, v == 1) && ![1, 2, 2].exists_one(v, v == 2)',
    'optional.of(2).optMap(v, v * 2).value() == 4',
    'optional.none().optFlatMap(v, optional.of(v)).orValue(7) == 7',
    'optional.ofNonZeroValue("").or(optional.of("b")).value() == "b"',
    '{?"a": optional.none(), ?"b": optional.of(1)} == {"b": 1}',
    '[?optional.none(), 1] == [1]',
    '{"a": {"b": 1}}.?a.?b.hasValue() && !{"a": {"b": 1}}.?a.?c.hasValue()',
    '[1, 2][?5].orValue(9) == 9',
    '[3, 1, 2].sortBy(n, -n) == [3, 2, 1]',
    'timestamp("2024-02-29T12:00:00+02:00").getHours() == 10',
    'timestamp("2024-07-01T00:00:00Z").getHours("America/New_York") == 20',
    'duration("90m") == duration("1h30m") && duration("1.5s").getMilliseconds() == 1500',
  ])('finds %s', holds);

  it.each([
    ['[1][1] == 1', 'index out of bounds: 1'],
    ['{"a": 1}["b"] == 1', 'no such key: b'],
    ['{"a": 1}.b == 1', 'no such key: b'],
    ['1 % 0 == 1', 'modulus by zero'],
    ['9223372036854775807 + 1 > 0', 'integer overflow'],
    ['-9223372036854775807 - 2 < 0', 'integer overflow'],
    ['0u - 1u == 0u', 'unsigned integer overflow'],
    ['int(1e19) == 0', 'integer overflow'],
    ['x > 1', 'no such overload'],
    ['x.a == 1', 'no such overload'],
    ['optional.none().value() == 1', 'optional.none() dereference'],
    ['bool("yes")', "type conversion error from 'string' to 'bool'"],
    ['double("x") == 1.0', "type conversion error from 'string' to 'double'"],
  ])('fails %s with %s', fails);

  it('ends what costs too much, whatever stands around it', () => {
    const outcome = run('lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0)) || true', 10_000);
    expect(outcome).toMatchObject({ failure: 'operation cancelled: actual cost limit exceeded', limited: true });
  });

  it('never throws anything but faults of compilation', () => {
    const atom = fc.constantFrom('1', '"a"', '[1, 2]', '{"a": 1}', 'x', 'null', '1.5', '2u', 'true', 'duration("1s")');
    const expression = fc.letrec((tie) => ({
      term: fc.oneof({ maxDepth: 4 }, atom, tie('join'), tie('call'), tie('loop')),
      join: fc
        .tuple(tie('term'), fc.constantFrom('+', '-', '*', '/', '%', '==', '<', '&&', '||', 'in'), tie('term'))
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      call: fc
        .tuple(fc.constantFrom('size', 'string', 'int', 'type', 'dyn', 'quantity', 'ip'), tie('term'))
        .map(([name, arg]) => `${name}(${arg})`),
      loop: fc
        .tuple(tie('term'), fc.constantFrom('all', 'map', 'filter', 'exists_one'), tie('term'))
        .map(([range, macro, body]) => `dyn(${range}).${macro}(x, ${body})`),
    })).term;
    fc.assert(
      fc.property(expression, (source) => {
        try {
          run(String(source));
        } catch (error) {
          if (!(error instanceof CelCompileError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'()[]{}.,?:+-*/%!<>=&|"\'`ab1 \\nu0'), maxLength: 40 }),
        (source) => {
          try {
            compileCel(source, environment);
          } catch (error) {
            if (!(error instanceof CelCompileError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
