import { expect, it } from 'vitest';
import { type FieldError, FieldPath } from '../../apimachinery/validation/field-error.js';
import type { MetaV1Condition } from '../../apis/types.gen.js';
import { validateConditions } from './condition-checks.js';

function faults(...conditions: object[]): string[] {
  const errors: FieldError[] = [];
  validateConditions(conditions as MetaV1Condition[], FieldPath.root('conditions'), errors);
  return errors.map((e) => `${e.field}: ${e.message}`);
}

const sound = { type: 'A', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };

it('conditions have a type each, a status, a reason and a time', () => {
  expect(faults(sound)).toEqual([]);
  expect(faults({})).toEqual([
    'conditions[0].type: Required value: is required',
    'conditions[0].status: Required value',
    'conditions[0].lastTransitionTime: Required value',
    'conditions[0].reason: Required value',
  ]);
  expect(faults(sound, { ...sound, status: 'Maybe', observedGeneration: -1 })).toEqual([
    'conditions[1]: Duplicate value: "A"',
    'conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    'conditions[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero',
  ]);
});
