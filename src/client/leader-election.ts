import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectMeta } from '../apimachinery/meta/object.js';
import { type Client, isConflict, isNotFound } from './client.js';
import type { ResourceClient } from './resource-client.js';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
interface Lease {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: LeaseSpec;
}

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface LeaderElectionOptions {
  readonly namespace: string;
  readonly leaseName: string;
  /** Who we are: unlike everybody else who may want the lease. */
  readonly identity: string;
  /** How long others wait for one who no longer renews; whole seconds count. */
  readonly leaseDurationMs?: number;
  /** Between renewals, and between tries of who waits. */
  readonly retryPeriodMs?: number;
  /** ms since the epoch */
  readonly now?: () => number;
}

const LEASE_DURATION_MS = 15_000;
const RETRY_PERIOD_MS = 2_000;

/**
 * At most one holder of a Lease works at a time, as client-go's leader election has it: who holds it renews it, others wait until it
 * was not renewed for as long as it lasts, by their own clock.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export class LeaderElector {
  private readonly leases: ResourceClient<Lease>;
  private readonly stopping = new AbortController();
  private readonly now: () => number;
  /** The last state seen, and when by our clock. */
  private seen: { readonly renewal: string; readonly atMs: number } | undefined;
  private loop: Promise<void> | undefined;
  private leads = false;

  constructor(
    client: Client,
    private readonly options: LeaderElectionOptions,
  ) {
    this.leases = client.resource<Lease>({ apiVersion: 'coordination.k8s.io/v1', resource: 'leases' });
    this.now = options.now ?? Date.now;
  }

  get isLeader(): boolean {
    return this.leads;
  }

  /** @param lead called whenever the lease is won @param lost called whenever it is lost, `stop` included */
  start(lead: () => void, lost: () => Promise<void> | void): void {
    this.loop ??= this.run(lead, lost);
  }

  /** Ends the work, then gives the lease away so that the next need not wait. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(lead: () => void, lost: () => Promise<void> | void): Promise<void> {
    const { signal } = this.stopping;
    let renewedAtMs = 0;
    while (!signal.aborted) {
      const won = await this.tryOnce();
      if (won) renewedAtMs = this.now();
      if (won && !this.leads) {
        this.leads = true;
        lead();
      } else if (!won && this.leads && this.now() - renewedAtMs >= this.renewDeadlineMs) {
        this.leads = false;
        await lost();
      }
      await delay(this.options.retryPeriodMs ?? RETRY_PERIOD_MS, undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
    if (!this.leads) return;
    this.leads = false;
    await lost();
    await this.release();
  }

  /** A holder that cannot renew stops before others may take over. */
  private get renewDeadlineMs(): number {
    return ((this.options.leaseDurationMs ?? LEASE_DURATION_MS) * 2) / 3;
  }

  private async tryOnce(): Promise<boolean> {
    try {
      return await this.acquireOrRenew();
    } catch (error) {
      // Somebody else was faster, or the server cannot say just now: the next try tells.
      if (!isConflict(error) && !isNotFound(error)) this.seen = undefined;
      return false;
    }
  }

  private async acquireOrRenew(): Promise<boolean> {
    const { namespace, leaseName, identity } = this.options;
    const lease = await this.leases.find(leaseName, { namespace });
    if (lease === undefined) {
      await this.leases.create({ metadata: { name: leaseName, namespace }, spec: this.spec(undefined) });
      return true;
    }
    const { holderIdentity, renewTime = '' } = lease.spec;
    const renewal = `${holderIdentity ?? ''} ${renewTime}`;
    if (this.seen?.renewal !== renewal) this.seen = { renewal, atMs: this.now() };
    const held =
      holderIdentity !== undefined && holderIdentity !== null && holderIdentity !== '' && holderIdentity !== identity;
    const lastsMs = (lease.spec.leaseDurationSeconds ?? 0) * 1000;
    if (held && this.seen.atMs + lastsMs > this.now()) return false;
    await this.leases.update({ ...lease, spec: this.spec(lease.spec) });
    return true;
  }

  private spec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity, leaseDurationMs = LEASE_DURATION_MS } = this.options;
    const now = microTime(this.now());
    const renews = before?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.round(leaseDurationMs / 1000)),
      acquireTime: renews ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + (renews ? 0 : 1),
    };
  }

  private async release(): Promise<void> {
    const { namespace, leaseName, identity } = this.options;
    try {
      const lease = await this.leases.find(leaseName, { namespace });
      if (lease?.spec.holderIdentity !== identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.now()) };
      await this.leases.update({ ...lease, spec });
    } catch {
      // It ends by itself.
    }
  }
}

/** RFC 3339 with microseconds, as Leases have it. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
