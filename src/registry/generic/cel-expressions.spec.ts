import { expect, it } from 'vitest';
import { CelExpressions } from './cel-expressions.js';

const judge = () => new CelExpressions().start(false);

it.each([
  ['object.spec.x > 1', 'validation', undefined],
  ['1 + 1', 'validation', 'must evaluate to bool but got int'],
  ['1', 'messageExpression', 'must evaluate to string but got int'],
  ['1', 'jsonPatch', 'must evaluate to list(JSONPatch) but got int'],
  ['Object{spec: Object.spec{x: 1}}', 'applyConfiguration', undefined],
  ['authorizer.group("apps").resource("pods").check("get").allowed()', 'matchCondition', undefined],
  ['device.driver == "d"', 'deviceSelector', undefined],
  ['device.driver', 'deviceSelector', 'must evaluate to bool or the unknown type, not string'],
] as const)('judges %s as %s', (expression, use, fault) => {
  expect(judge().fault(expression, use)).toBe(fault);
});

it('shows where an expression breaks', () => {
  expect(judge().fault('nope.x', 'validation')).toBe(
    "compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope.x\n | ^",
  );
});

it('lets expressions name parameters and variables only where there are some', () => {
  const session = new CelExpressions().start(true);
  expect(session.fault('params.a == variables.b', 'validation')).toContain("undeclared reference to 'variables'");
  expect(session.declare('b', 'object.metadata.name')).toBeUndefined();
  expect(session.declare('c', 'variables.b == "x"')).toBeUndefined();
  expect(session.fault('params.a == variables.b && variables.c', 'validation')).toBeUndefined();
  expect(session.fault('variables.d', 'validation')).toContain("undefined field 'd'");
  expect(judge().fault('params.a == 1', 'validation')).toContain("undeclared reference to 'params'");
  expect(judge().fault('authorizer == 1', 'messageExpression')).toContain("undeclared reference to 'authorizer'");
});
