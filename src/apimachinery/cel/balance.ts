import type { Expr } from './expr.js';

/** Joins the terms of a chain into a tree of least depth, as cel-go does. */
export function balance(
  terms: readonly Expr[],
  offsets: readonly number[],
  join: (offset: number, left: Expr, right: Expr) => Expr,
): Expr {
  const part = (low: number, high: number): Expr => {
    const middle = Math.floor((low + high + 1) / 2);
    const left = middle === low ? terms[middle]! : part(low, middle - 1);
    const right = middle === high ? terms[middle + 1]! : part(middle + 1, high);
    return join(offsets[middle]!, left, right);
  };
  return terms.length === 1 ? terms[0]! : part(0, offsets.length - 1);
}
