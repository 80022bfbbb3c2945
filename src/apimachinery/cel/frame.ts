import type { Failure, Value } from './value.js';

/** An evaluation costs more than it may; ends it whatever operators stand around. */
export class CostExceeded {
  readonly message = 'operation cancelled: actual cost limit exceeded';
}

export type Variables = Readonly<Record<string, Value | undefined>>;

/** The state of one evaluation. */
export class Frame {
  cost = 0;
  /** Local variables; an accumulator may hold a failure. */
  readonly slots: (Value | Failure | undefined)[] = [];

  constructor(
    readonly variables: Variables,
    private readonly limit: number,
  ) {}

  /** @throws CostExceeded */
  spend(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostExceeded();
  }
}

/** A compiled part of an expression. @throws Failure, CostExceeded */
export type Code = (frame: Frame) => Value;
