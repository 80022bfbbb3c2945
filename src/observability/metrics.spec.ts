import { describe, expect, it } from 'vitest';
import { formatFamily, MetricsRegistry } from './metrics.js';

describe('metrics', () => {
  it('writes counters with escaped labels', () => {
    const text = formatFamily({
      type: 'counter',
      name: 'requests_total',
      help: 'Requests.',
      collect: () => [{ labels: { code: 200, path: 'a"b\\c\n' }, value: 3 }],
    });
    expect(text).toBe(
      '# HELP requests_total Requests.\n# TYPE requests_total counter\nrequests_total{code="200",path="a\\"b\\\\c\\n"} 3\n',
    );
  });

  it('cumulates the buckets of a histogram', () => {
    const text = formatFamily({
      type: 'histogram',
      name: 'd',
      help: 'D.',
      bounds: [0.1, 1],
      collect: () => [{ labels: {}, counts: [2, 3, 1], sum: 4.5 }],
    });
    expect(text.split('\n').slice(2, -1)).toEqual([
      'd_bucket{le="0.1"} 2',
      'd_bucket{le="1"} 5',
      'd_bucket{le="+Inf"} 6',
      'd_sum 4.5',
      'd_count 6',
    ]);
  });

  it('adds the figures of the process', async () => {
    const registry = new MetricsRegistry();
    registry.add({ type: 'gauge', name: 'own', help: 'Own.', collect: () => [{ labels: {}, value: 1 }] });
    const text = await registry.text();
    expect(text).toContain('own 1\n');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
