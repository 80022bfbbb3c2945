import { DelegationTarget } from './delegation-target.js';

/**
 * The places of the chain, in order; each is the DI token of the server that fills it. Their interceptors stand on the
 * catch-all controller in this order, and {@link EndOfChain} answers what none of them serves.
 */
export abstract class AggregationTarget extends DelegationTarget {
  override readonly name: string = 'aggregation';
}

export abstract class CoreTarget extends DelegationTarget {
  override readonly name: string = 'core';
}

export abstract class ExtensionsTarget extends DelegationTarget {
  override readonly name: string = 'extensions';
}
