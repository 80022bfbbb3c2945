import type { Checked } from './checker.js';
import { Program } from './evaluate.js';
import { childrenOf, type Expr } from './expr.js';

const CONVERSIONS: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);
const COST_MAX = 1_000_000;

/** A literal, or what conversions make of one. */
function isConstant(expr: Expr): boolean {
  if (expr.kind === 'const') return true;
  if (expr.kind !== 'call' || !CONVERSIONS.has(expr.name) || expr.target !== undefined) return false;
  return expr.args.length === 1 && isConstant(expr.args[0]!);
}

/** Conversions of literals are done before anything is evaluated. @returns why the first that fails does */
export function constantConversionFault(checked: Checked, expr: Expr = checked.expr): string | undefined {
  for (const child of childrenOf(expr)) {
    const fault = constantConversionFault(checked, child);
    if (fault !== undefined) return fault;
  }
  if (expr.kind === 'const' || !isConstant(expr)) return undefined;
  const outcome = new Program({ ...checked, expr }).evaluate({}, COST_MAX);
  return 'failure' in outcome ? outcome.failure : undefined;
}
