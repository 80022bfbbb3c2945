import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { CoreV1ScopedResourceSelectorRequirement } from '../../../apis/types.gen.js';
import type { AdmissionOperation } from '../../admission.js';
import { type Amounts, ONE } from '../../resource-amounts.js';

/** How objects of one resource count against quotas. */
export interface Evaluator {
  /** Whether such a request can change what is used. */
  handles(operation: AdmissionOperation, subresource: string): boolean;
  /** Whether objects of this resource are measured under the name. */
  tracks(name: string): boolean;
  /** Whether the object is in a scope that a quota is limited to. */
  inScope(scope: CoreV1ScopedResourceSelectorRequirement, object: Readonly<KubeObject>): boolean;
  /** Complaint about what the object must state because a quota counts it, or undefined. @param names tracked ones */
  complaint(names: ReadonlySet<string>, object: Readonly<KubeObject>): string | undefined;
  usage(object: Readonly<KubeObject>): Amounts;
  /** Whether an update gives back what the object no longer uses at once. */
  readonly givesBack: boolean;
}

/** Every object counts one, whatever is in it. */
export class CountEvaluator implements Evaluator {
  readonly givesBack: boolean = false;
  private readonly names: ReadonlySet<string>;

  /** @param names under which an object counts one */
  constructor(...names: string[]) {
    this.names = new Set(names);
  }

  handles(operation: AdmissionOperation, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '';
  }

  tracks(name: string): boolean {
    return this.names.has(name);
  }

  inScope(_scope: CoreV1ScopedResourceSelectorRequirement, _object: Readonly<KubeObject>): boolean {
    return false;
  }

  complaint(_names: ReadonlySet<string>, _object: Readonly<KubeObject>): string | undefined {
    return undefined;
  }

  usage(_object: Readonly<KubeObject>): Amounts {
    return new Map([...this.names].map((name) => [name, ONE]));
  }
}

/** `count/pods`, `count/deployments.apps`. */
export function countName(group: string, resource: string): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`;
}

/**
 * A selector of a scope against the values that an object has there.
 * @param values without empty ones
 */
export function matchesValues(
  { operator, values = [] }: CoreV1ScopedResourceSelectorRequirement,
  given: readonly string[],
): boolean {
  switch (operator) {
    case 'Exists':
      return given.length > 0;
    case 'DoesNotExist':
      return given.length === 0;
    case 'In':
      return given.some((value) => values.includes(value));
    case 'NotIn':
      return !given.some((value) => values.includes(value));
    default:
      return false;
  }
}
