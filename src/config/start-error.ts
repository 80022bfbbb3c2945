/** What stands in the way of a start, and what to do about it: one line for the operator, no stack. */
export class StartError extends Error {
  static readonly NAME = 'StartError';
  override readonly name = StartError.NAME;
}
