/**
 * Words that no identifier may be, beside the literals and `in`.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);
