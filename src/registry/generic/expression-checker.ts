import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';

/** What a CEL expression is for: decides its variables, its functions and the type of its result. */
export type ExpressionUse =
  | 'matchCondition'
  | 'variable'
  | 'validation'
  | 'messageExpression'
  | 'auditAnnotation'
  | 'applyConfiguration'
  | 'jsonPatch'
  | 'deviceSelector';

/** Judges the expressions of one object, in the order in which they stand there. */
export interface ExpressionSession {
  /**
   * The text of what is wrong, as clients are shown it: `compilation failed: ERROR: <input>:1:4: ...` or
   * `must evaluate to bool but got int`; undefined where nothing is.
   */
  fault(expression: string, use: ExpressionUse): string | undefined;
  /** The same for a variable, which what comes after may name as `variables.<name>`. */
  declare(name: string, expression: string): string | undefined;
}

/** Judges expressions when they are written. */
export interface ExpressionChecker {
  /** @param hasParams the object names a kind of parameters */
  start(hasParams: boolean): ExpressionSession;
}

/** @param session undefined: expressions are taken as they are */
export function validateExpression(
  expression: string,
  use: ExpressionUse,
  at: FieldPath,
  errors: Errors,
  session: ExpressionSession | undefined,
): void {
  const fault = session?.fault(expression, use);
  if (fault !== undefined) errors.push(fieldInvalid(at, expression, fault));
}
