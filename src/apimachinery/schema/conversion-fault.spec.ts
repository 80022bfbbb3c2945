import { expect, it } from 'vitest';
import { conversionFault } from './conversion-fault.js';

it.each([
  [1, 'v1.PullPolicy', 'string', 'cannot convert int64 to v1.PullPolicy'],
  [1n, 'string', 'string', 'cannot convert int64 to string'],
  [1.5, 'string', 'string', 'unrecognized type: string'],
  [true, 'string', 'string', 'unrecognized type: string'],
  [1.5, 'int32', 'int32', 'cannot convert float64 to int32'],
  ['x', 'bool', 'bool', 'unrecognized type: bool'],
  [[], 'v1.ObjectMeta', 'struct', 'cannot restore struct from: slice'],
  [{}, '[]string', 'slice', 'cannot restore slice from map'],
  [false, 'map[string]string', 'map', 'cannot restore map from bool'],
] as const)('%o as %s of kind %s: %s', (value, goType, shape, text) => {
  expect(conversionFault(value as never, goType, shape)).toBe(text);
});
