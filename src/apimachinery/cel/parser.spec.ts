import { describe, expect, it } from 'vitest';
import { compileCel } from './compile.js';
import { kubernetesEnvironment } from './library/kubernetes.js';
import { CelCompileError } from './source.js';

const OPERANDS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** First lines of the faults, without `ERROR: <input>:`. */
function faults(source: string): string[] {
  try {
    compileCel(source, kubernetesEnvironment());
    return [];
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return error.message
      .split('\n')
      .filter((line) => line.startsWith('ERROR: <input>:'))
      .map((line) => line.slice('ERROR: <input>:'.length));
  }
}

describe('the parser', () => {
  it.each([
    ['1 +', [`1:4: Syntax error: mismatched input '<EOF>' expecting ${OPERANDS}`]],
    ['*1', [`1:1: Syntax error: extraneous input '*' expecting ${OPERANDS}`]],
    [
      '1 + +',
      [
        `1:5: Syntax error: mismatched input '+' expecting ${OPERANDS}`,
        `1:6: Syntax error: mismatched input '<EOF>' expecting ${OPERANDS}`,
      ],
    ],
    ['(1', ["1:3: Syntax error: missing ')' at '<EOF>'"]],
    ['1)', ["1:2: Syntax error: extraneous input ')' expecting <EOF>"]],
    ['[1, 2', ["1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]],
    ['true ? 1', ["1:9: Syntax error: mismatched input '<EOF>' expecting ':'"]],
    [
      '1 = 1',
      [
        "1:3: Syntax error: token recognition error at: '= '",
        "1:5: Syntax error: extraneous input '1' expecting <EOF>",
      ],
    ],
    ['{1}', ["1:3: Syntax error: mismatched input '}' expecting ':'"]],
    ["'\\udead'", ['1:1: invalid unicode code point']],
    ['9223372036854775808', ['1:1: invalid int literal']],
    ['for', ['1:1: reserved identifier: for']],
    ['has(1)', ['1:5: invalid argument to has() macro']],
    ['[1].all(2, true)', ['1:9: argument must be a simple name']],
    ['[1].map(1 + 1, true)', ['1:11: argument is not an identifier']],
  ])('tells what is wrong with %s', (source, expected) => {
    expect(faults(source)).toEqual(expected);
  });

  it('shows the line and a caret, with wide marks below wide characters', () => {
    expect(() => compileCel("'é' +\n'日本' + x", kubernetesEnvironment())).toThrow(
      "ERROR: <input>:2:8: undeclared reference to 'x' (in container '')\n | '日本' + x\n | .．．....^",
    );
  });

  it.each([
    `optional.of(1)${'.optMap(x, x)'.repeat(60)}`,
    `${'('.repeat(200)}1${`${'+1'.repeat(200)})`.repeat(200)}`,
    `optional.of(${'('.repeat(200)}1${`${'+1'.repeat(200)})`.repeat(200)}).optMap(x, x)`,
  ])('refuses what grows too large or deep: %#', (source) => {
    expect(() => compileCel(source, kubernetesEnvironment())).toThrow(CelCompileError);
  });

  it.each(['[', '(', '-', '!', 'a.', '1+', '[1].map(x,', '{1:', 'a?', "'"])('ends soon on a flood of %s', (part) => {
    const source = part.repeat(20_000).slice(0, 99_000);
    expect(faults(source).length).toBeGreaterThan(0);
  });
});
