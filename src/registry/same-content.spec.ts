import { expect, it } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { sameContent } from './same-content.js';

const object = (time: string, size: number, field = 'f:size'): KubeObject => ({
  metadata: {
    name: 'a',
    managedFields: [
      { manager: 'm', operation: 'Apply', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1: { [field]: {} } },
    ],
  },
  size,
});
const MORNING = '2026-01-01T06:00:00Z';
const NOON = '2026-01-01T12:00:00Z';

it('passes over the times of managers, and over nothing else', () => {
  expect(sameContent(object(MORNING, 1), object(NOON, 1))).toBe(true);
  expect(sameContent(object(MORNING, 1), object(MORNING, 2))).toBe(false);
  expect(sameContent(object(MORNING, 1), object(NOON, 1, 'f:other'))).toBe(false);
  expect(sameContent(object(MORNING, 1), { metadata: { name: 'a' }, size: 1 })).toBe(false);
});
