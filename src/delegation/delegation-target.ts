import type { Answer } from '../endpoints/answer.js';
import type { ApiRequest } from '../endpoints/api-request.js';

/**
 * One server of the chain. `handle` answers, or throws {@link NotServed} (and nothing else) to let the next one try; it
 * decides that before it touches the body. StatusErrors are answers.
 */
export abstract class DelegationTarget {
  /** Name in logs and metrics: aggregation, core, extensions. */
  abstract readonly name: string;
  abstract handle(request: ApiRequest): Promise<Answer> | Answer;
}
