import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { PolicyEnvironment } from '../kind-policy.js';

/** What a CEL expression is for: decides its variables, its functions and the type of its result. */
export type ExpressionUse =
  | 'matchCondition'
  | 'webhookMatchCondition'
  | 'variable'
  | 'validation'
  | 'messageExpression'
  | 'auditAnnotation'
  | 'applyConfiguration'
  | 'jsonPatch'
  | 'deviceSelector';

export interface ExpressionScope {
  readonly use: ExpressionUse;
  /** The policy has a kind of parameters. */
  readonly hasParams?: boolean;
  /** The policy's variables that stand before the expression. */
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}

/** Judges expressions when they are written. */
export interface ExpressionChecker {
  /**
   * The text of what is wrong, as clients are shown it: `compilation failed: ERROR: <input>:1:4: ...` or
   * `must evaluate to bool but got int`; undefined where nothing is.
   */
  fault(expression: string, scope: ExpressionScope): string | undefined;
}

export function validateExpression(
  expression: string,
  scope: ExpressionScope,
  at: FieldPath,
  errors: Errors,
  { expressions }: PolicyEnvironment,
): void {
  const fault = expressions?.fault(expression, scope);
  if (fault !== undefined) errors.push(fieldInvalid(at, expression, fault));
}
