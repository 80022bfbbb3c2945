/** Limits that Kubernetes sets on rules, in units of cost: about a hundredth of a millisecond each. */

/** One evaluation of one expression. */
export const CALL_COST_MAX = 1_000_000;
/** All rules for one object. */
export const OBJECT_COST_MAX = 10_000_000;
/** Estimate of one expression, times how often it may be evaluated for one object. */
export const ESTIMATE_MAX = 10_000_000;
/** Estimates of all expressions of one schema. */
export const SCHEMA_ESTIMATE_MAX = 100_000_000;
/** Bytes of a computed message. */
export const MESSAGE_BYTES_MAX = 5 * 1024;
