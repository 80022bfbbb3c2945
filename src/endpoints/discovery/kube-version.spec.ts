import { expect, it } from 'vitest';
import { compareKubeVersions } from './kube-version.js';

it('orders versions by stability, then age, and other names last by alphabet', () => {
  const best = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
  expect([...best].reverse().sort(compareKubeVersions)).toEqual(best);
});
