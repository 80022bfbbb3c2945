import { expect, it } from 'vitest';
import { defaultPullPolicy } from './image-name.js';

it.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1', 'IfNotPresent'],
  ['Not A Name', 'IfNotPresent'],
  ['b'.repeat(255), 'Always'],
  ['b'.repeat(256), 'IfNotPresent'],
])('how %s is pulled', (image, policy) => {
  expect(defaultPullPolicy(image)).toBe(policy);
});
