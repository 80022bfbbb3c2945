import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, objectOf, request } from '../../testing.js';
import { type EventLimit, EventRateLimit } from './event-rate-limit.js';
import { TokenBuckets } from './token-buckets.js';

const event = (namespace = 'ns', about = 'p') => {
  const object = objectOf(
    { name: 'e' },
    { involvedObject: { kind: 'Pod', name: about }, source: { component: 'kubelet' } },
  );
  return request('/events', object, { namespace, kind: { group: '', version: 'v1', kind: 'Event' } });
};
const limited = (type: EventLimit['type'], clock = { now: 0 }) =>
  new EventRateLimit([{ type, qps: 1, burst: 2 }], () => clock.now);

describe('EventRateLimit', () => {
  it('lets a burst pass and then as many as the rate says', async () => {
    const clock = { now: 0 };
    const plugin = limited('Namespace', clock);
    await admit(plugin, event());
    await admit(plugin, event());
    await expect(admit(plugin, event())).rejects.toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Too many requests: limit reached on type Namespace for key ns',
    });
    await admit(plugin, event('other'));
    clock.now = 1000;
    await admit(plugin, event());
  });

  it('counts by what the event is about', async () => {
    const plugin = limited('SourceAndObject');
    for (const about of ['a', 'a', 'b', 'b']) await admit(plugin, event('ns', about));
    await expect(admit(plugin, event('ns', 'a'))).rejects.toThrow('for key kubeletPoda');
  });

  it('has nothing to do without limits, for other kinds, and for dry runs', () => {
    expect(new EventRateLimit([], Date.now).handles(event())).toBe(false);
    expect(limited('Server').handles(request('/pods', objectOf({})))).toBe(false);
    expect(limited('Server').handles({ ...event(), dryRun: true })).toBe(false);
  });
});

describe('TokenBuckets', () => {
  it('gives in any time no more than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), (pauses) => {
        let now = 0;
        let given = 0;
        const buckets = new TokenBuckets({ qps: 5, burst: 3, keysMax: 1 }, () => now);
        for (const pause of pauses) {
          now += pause;
          if (buckets.take('k')) given++;
        }
        expect(given).toBeLessThanOrEqual(3 + (now / 1000) * 5 + 1e-6);
        expect(given).toBeGreaterThanOrEqual(Math.min(3, pauses.length));
      }),
    );
  });

  it('forgets the key that was quiet longest', () => {
    const buckets = new TokenBuckets({ qps: 0, burst: 1, keysMax: 2 }, () => 0);
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map((key) => buckets.take(key))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
