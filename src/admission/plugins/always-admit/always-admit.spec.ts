import { expect, it } from 'vitest';
import { AlwaysAdmit } from './always-admit.js';

it('costs nothing', () => {
  expect(new AlwaysAdmit().handles()).toBe(false);
  expect(Object.keys(new AlwaysAdmit())).toEqual(['name']);
});
