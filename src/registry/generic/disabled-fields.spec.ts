import { expect, it } from 'vitest';
import { dropDisabledFields } from './disabled-fields.js';

const GATES = { Lists: ['spec.devices.*.ints', 'spec.devices.*.texts'], Other: ['spec.other'] };

it('drops fields whose gate is off', () => {
  const object = { spec: { devices: [{ ints: [1], name: 'a' }, { texts: ['x'] }], other: 1, kept: 1 } };
  dropDisabledFields(object, undefined, GATES);
  expect(object).toEqual({ spec: { devices: [{ name: 'a' }, {}], kept: 1 } });
});

it('keeps every field of a gate of which some is in use', () => {
  const object = { spec: { devices: [{ ints: [1] }], other: 1 } };
  dropDisabledFields(object, { spec: { devices: [{ texts: ['x'] }] } }, GATES);
  expect(object).toEqual({ spec: { devices: [{ ints: [1] }] } });
});
