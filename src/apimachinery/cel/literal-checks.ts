import type { Checked } from './checker.js';
import { type CallExpr, childrenOf, type Expr } from './expr.js';
import { formatFaults } from './library/format-clauses.js';
import { cachedPattern } from './library/patterns.js';
import { toDuration, toTimestamp } from './library/standard.js';
import type { CelIssue } from './source.js';
import { type CelType, isOptional, sameType } from './type.js';
import { Failure, type Value } from './value.js';

/** Functions whose literal argument is read when the expression is compiled. */
const READ: ReadonlyMap<string, (value: Value) => unknown> = new Map<string, (value: Value) => unknown>([
  ['duration', toDuration],
  ['timestamp', toTimestamp],
  ['matches', (value) => cachedPattern(String(value))],
]);

/** Faults of literals that types do not show. */
export function literalFaults(checked: Checked): CelIssue[] {
  const issues: CelIssue[] = [];
  walk(checked, checked.expr, false, issues);
  return issues;
}

/** @param mixed inside the arguments of format(), where elements may be of several types */
function walk(checked: Checked, expr: Expr, mixed: boolean, issues: CelIssue[]): void {
  if (expr.kind === 'call') checkCall(checked, expr, issues);
  if (!mixed && expr.kind === 'list') {
    checkElements(checked, expr.elements, (i) => expr.optional.has(i), issues);
  }
  if (!mixed && expr.kind === 'map') {
    checkElements(
      checked,
      expr.entries.map((entry) => entry.key),
      () => false,
      issues,
    );
    checkElements(
      checked,
      expr.entries.map((entry) => entry.value),
      (i) => expr.entries[i]!.optional,
      issues,
    );
  }
  const literal = expr.kind === 'list' || expr.kind === 'map';
  const exempt = expr.kind === 'call' ? expr.name === 'format' : literal && mixed;
  for (const child of childrenOf(expr)) walk(checked, child, exempt, issues);
}

function checkCall(checked: Checked, expr: CallExpr, issues: CelIssue[]): void {
  const read = READ.get(expr.name);
  const arg = expr.args[expr.args.length - 1];
  if (read !== undefined && arg?.kind === 'const') {
    try {
      read(arg.value);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      issues.push({ offset: arg.offset, message: `invalid ${expr.name} argument` });
    }
  }
  const { target } = expr;
  if (expr.name === 'format' && target?.kind === 'const' && typeof target.value === 'string' && arg?.kind === 'list') {
    const types = arg.elements.map((element) => checked.types.get(element.id)!);
    for (const { message, argument } of formatFaults(target.value, types)) {
      issues.push({ offset: (argument === undefined ? expr : arg.elements[argument]!).offset, message });
    }
  }
}

function checkElements(
  checked: Checked,
  elements: readonly Expr[],
  isOptionalAt: (i: number) => boolean,
  issues: CelIssue[],
): void {
  let wanted: CelType | undefined;
  for (const [i, element] of elements.entries()) {
    let type = checked.types.get(element.id)!;
    if (isOptionalAt(i) && isOptional(type)) type = type.params[0]!;
    wanted ??= type;
    if (sameType(wanted, type)) continue;
    issues.push({ offset: element.offset, message: `expected type '${wanted}' but found '${type}'` });
    return;
  }
}
