import type { Expr } from './expr.js';
import type { CelType } from './type.js';

/** A range of costs or sizes; both ends stop at the largest 64-bit number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * The largest estimate. Costs are exact as doubles far beyond every limit; what is larger only has to stay larger.
 */
export const UNBOUNDED = 2 ** 64;
export const UNKNOWN: Range = { min: 0, max: UNBOUNDED };

export const exactly = (value: number): Range => ({ min: value, max: value });
const capped = (value: number): number => Math.min(value, UNBOUNDED);

export const plus = (a: Range, b: Range): Range => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) });
export const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) });

/** Rounded up. */
export const scale = (a: Range, factor: number): Range => ({
  min: capped(Math.ceil(a.min * factor)),
  max: capped(Math.ceil(a.max * factor)),
});

/** The range that covers both. */
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });

/**
 * Size of what a path through the declared types leads to: a variable, then fields, `@items`, `@keys`, `@values`.
 * Undefined where it is not known.
 */
export type SizeOfPath = (path: readonly string[]) => Range | undefined;

/** A part of an expression as costs of calls go by it. */
export interface CostNode {
  readonly expr?: Expr;
  readonly type: CelType;
  readonly path: readonly string[];
  /** What the expression itself tells about the size. */
  readonly size: Range | undefined;
}
