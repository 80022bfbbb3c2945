import { StatusError } from '../../../apimachinery/errors/status-error.js';
import type { CoreV1Event } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { aggregateText } from '../../refusal.js';
import { TokenBuckets } from './token-buckets.js';

/** @see https://kubernetes.io/docs/reference/config-api/apiserver-eventratelimit.v1alpha1/ */
export interface EventLimit {
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject';
  readonly qps: number;
  readonly burst: number;
  /** Keys remembered; the one that was quiet longest is forgotten first. */
  readonly cacheSize?: number;
}

const CACHE_SIZE = 4096;

/**
 * Keeps floods of events out.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#eventratelimit
 */
export class EventRateLimit implements AdmissionPlugin {
  readonly name = 'EventRateLimit';
  private readonly limits: readonly { readonly type: EventLimit['type']; readonly buckets: TokenBuckets }[];

  /** @param now clock, ms since the epoch */
  constructor(limits: readonly EventLimit[], now: () => number) {
    this.limits = limits.map(({ type, cacheSize = CACHE_SIZE, ...rate }) => ({
      type,
      buckets: new TokenBuckets({ ...rate, keysMax: type === 'Server' ? 1 : cacheSize }, now),
    }));
  }

  handles({ operation, kind, dryRun }: AdmissionAttributes): boolean {
    if (kind.kind !== 'Event' || dryRun || this.limits.length === 0) return false;
    return (kind.group === '' || kind.group === 'events.k8s.io') && (operation === 'CREATE' || operation === 'UPDATE');
  }

  /** Every limit counts the event, even if another one has refused it. */
  validate(attributes: AdmissionAttributes): void {
    const faults: string[] = [];
    for (const { type, buckets } of this.limits) {
      const key = keyOf(type, attributes);
      if (!buckets.take(key)) faults.push(`limit reached on type ${type} for key ${key}`);
    }
    if (faults.length === 0) return;
    throw new StatusError(429, 'TooManyRequests', `Too many requests: ${aggregateText(faults)}`);
  }
}

function keyOf(type: EventLimit['type'], { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case 'Server':
      return '';
    case 'Namespace':
      return namespace;
    case 'User':
      return user.name;
    default: {
      const { source, involvedObject: on } = object as CoreV1Event;
      const about = [on.kind, on.namespace, on.name, on.uid, on.apiVersion];
      return [source?.component, source?.host, ...about].map((part) => part ?? '').join('');
    }
  }
}
