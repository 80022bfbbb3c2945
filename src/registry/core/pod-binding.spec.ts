import { expect, it } from 'vitest';
import { validateBinding } from './pod-binding.js';

it.each([
  [{ kind: 'Pod', name: 'n' }, 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'],
  [{ kind: 'Node' }, 'target.name: Required value'],
  [{ name: 'Bad_Name!' }, /^target\.name: Invalid value: "Bad_Name!": a lowercase RFC 1123 subdomain/],
])('a pod is not bound to %o', (target, text) => {
  expect(() => validateBinding({ metadata: { name: 'p' }, target })).toThrow(text);
});

it('a pod is bound to a node', () => {
  expect(() => validateBinding({ metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } })).not.toThrow();
});
