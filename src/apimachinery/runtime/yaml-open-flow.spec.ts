import { expect, it } from 'vitest';
import { openFlowError } from './yaml-open-flow.js';

it.each([
  ['{', 'line 1: did not find expected node content'],
  ['a: [', 'line 1: did not find expected node content'],
  ['a: [1,', 'line 1: did not find expected node content'],
  ['{"a":', 'line 1: did not find expected node content'],
  ['{"a":1', "line 1: did not find expected ',' or '}'"],
  ['{"a"', "line 1: did not find expected ',' or '}'"],
  ['a: [1\n', "line 1: did not find expected ',' or ']'"],
  ['a: 1\nb: [1\nc: 2\n', "line 2: did not find expected ',' or ']'"],
  ['a: [1\nb: 2', "line 1: did not find expected ',' or ']'"],
  ['a: [b: 1', "line 1: did not find expected ',' or ']'"],
  ['a: 1\nb: [\n\n', 'line 3: did not find expected node content'],
  ['a: ["]", \'}\', # ]\n', 'line 1: did not find expected node content'],
  ['a: [1]\nb: x[1\n', undefined],
  ['a: "[\\""', undefined],
])('%j: %s', (text, error) => {
  expect(openFlowError(text)).toBe(error);
});
