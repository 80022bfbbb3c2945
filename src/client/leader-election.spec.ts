import { describe, expect, it } from 'vitest';
import { modifiedConflict, notFound } from '../apimachinery/errors/status-error.js';
import { ApiTransport, type TransportRequest } from './api-transport.js';
import { Client } from './client.js';
import { LeaderElector } from './leader-election.js';

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };

interface StoredLease {
  metadata: { name: string; namespace: string; resourceVersion: string };
  spec: Record<string, unknown>;
}

/** One lease, with optimistic locking; `broken` makes it unreachable. */
class OneLease extends ApiTransport {
  lease: StoredLease | undefined;
  broken = false;
  private revision = 0;

  override async send({ method, body = '{}' }: TransportRequest): Promise<unknown> {
    if (this.broken) throw new Error('unreachable');
    const given = JSON.parse(body) as StoredLease;
    if (method === 'GET' && this.lease === undefined) throw notFound(LEASES, 'lead');
    if (method === 'PUT' && given.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) {
      throw modifiedConflict(LEASES, 'lead');
    }
    if (method !== 'GET') {
      this.lease = { ...given, metadata: { ...given.metadata, resourceVersion: String(++this.revision) } };
    }
    return structuredClone(this.lease);
  }

  override async *stream(): AsyncGenerator<string, void, undefined> {}
}

describe('leader election', () => {
  const clock = { now: 1_000_000 };
  const elector = (transport: ApiTransport, identity: string) =>
    new LeaderElector(new Client(transport), {
      namespace: 'kube-system',
      leaseName: 'lead',
      identity,
      leaseDurationMs: 10_000,
      retryPeriodMs: 2,
      now: () => clock.now,
    });
  const ignore = (): void => {};

  it('lets one lead; the next does when the first gives the lease away', async () => {
    const transport = new OneLease();
    const log: string[] = [];
    const a = elector(transport, 'a');
    const b = elector(transport, 'b');
    a.start(
      () => log.push('a leads'),
      () => void log.push('a rests'),
    );
    await expect.poll(() => a.isLeader).toBe(true);
    b.start(() => log.push('b leads'), ignore);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(b.isLeader).toBe(false);
    await a.stop();
    clock.now += 1_001;
    await expect.poll(() => b.isLeader).toBe(true);
    expect(log).toEqual(['a leads', 'a rests', 'b leads']);
    expect(transport.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await b.stop();
  });

  it('passes to another once a holder has not renewed for as long as the lease lasts', async () => {
    const transport = new OneLease();
    const gone = { holderIdentity: 'gone', leaseDurationSeconds: 10, renewTime: 'then' };
    transport.lease = { metadata: { name: 'lead', namespace: 'kube-system', resourceVersion: '7' }, spec: gone };
    const next = elector(transport, 'next');
    next.start(ignore, ignore);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(next.isLeader).toBe(false);
    clock.now += 10_001;
    await expect.poll(() => next.isLeader).toBe(true);
    await next.stop();
  });

  it('ends before others may begin, where it cannot renew', async () => {
    const transport = new OneLease();
    const only = elector(transport, 'only');
    let rests = 0;
    only.start(ignore, () => void rests++);
    await expect.poll(() => only.isLeader).toBe(true);
    transport.broken = true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(only.isLeader).toBe(true);
    clock.now += 7_000;
    await expect.poll(() => rests).toBe(1);
    transport.broken = false;
    await expect.poll(() => only.isLeader).toBe(true);
    await only.stop();
  });
});
