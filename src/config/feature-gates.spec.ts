import { expect, it } from 'vitest';
import { allowsUnsafeDeletion, idleGates, servesCbor } from './feature-gates.js';

it('the last word of a gate counts', () => {
  expect(servesCbor({ featureGates: [] })).toBe(false);
  expect(servesCbor({ featureGates: ['CBORServingAndStorage=true'] })).toBe(true);
  expect(servesCbor({ featureGates: ['CBORServingAndStorage=true', 'CBORServingAndStorage=False'] })).toBe(false);
});

it('gates are as in kube-apiserver where nothing is said', () => {
  expect(allowsUnsafeDeletion({ featureGates: [] })).toBe(true);
  expect(allowsUnsafeDeletion({ featureGates: ['AllowUnsafeMalformedObjectDeletion=false'] })).toBe(false);
});

it('names gates that switch nothing, and refuses what is none', () => {
  expect(idleGates(['CBORServingAndStorage=true', 'Other=1'])).toEqual(['Other']);
  expect(() => idleGates(['Other'])).toThrow('missing bool value for Other');
  expect(() => idleGates(['Other=maybe'])).toThrow('invalid value of Other=maybe, use true or false');
});
