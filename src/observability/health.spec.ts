import { describe, expect, it } from 'vitest';
import { HealthRegistry, reportCheck, reportHealth } from './health.js';

const bad = { name: 'etcd', check: () => Promise.reject(new Error('disk gone')) };
const QUIET = { verbose: false, excluded: [] };

describe('health', () => {
  it('says only ok when all is well', async () => {
    const report = await reportHealth('livez', new HealthRegistry().of('livez'), QUIET);
    expect(report).toEqual({ healthy: true, text: 'ok', failures: [] });
  });

  it('lists each check when asked to', async () => {
    const report = await reportHealth('readyz', new HealthRegistry().of('readyz'), {
      verbose: true,
      excluded: ['log'],
    });
    expect(report.text).toBe('[+]ping ok\n[+]log excluded: ok\nreadyz check passed\n');
  });

  it('tells what failed but not why', async () => {
    const registry = new HealthRegistry();
    registry.add(bad);
    const report = await reportHealth('livez', registry.of('livez'), QUIET);
    expect(report.healthy).toBe(false);
    expect(report.text).toBe('[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nlivez check failed\n');
    expect(report.failures).toEqual(['etcd: disk gone']);
  });

  it('is well without the check that was left out, and says which could not be', async () => {
    const registry = new HealthRegistry();
    registry.add(bad);
    const report = await reportHealth('livez', registry.of('livez'), { verbose: true, excluded: ['etcd', 'b', 'a'] });
    expect(report.healthy).toBe(true);
    expect(report.text).toContain('warn: some health checks cannot be excluded: no matches for "a", "b"\n');
  });

  it('puts a check where it belongs, and replaces one of the same name', async () => {
    const registry = new HealthRegistry();
    registry.add(bad, ['readyz']);
    expect(registry.of('livez').map(({ name }) => name)).toEqual(['ping', 'log']);
    registry.add({ name: 'etcd', check: () => undefined }, ['readyz']);
    expect((await reportHealth('readyz', registry.of('readyz'), QUIET)).healthy).toBe(true);
  });

  it('answers for one check alone', async () => {
    expect(await reportCheck(bad)).toMatchObject({ healthy: false, text: 'internal server error: reason withheld\n' });
  });
});
